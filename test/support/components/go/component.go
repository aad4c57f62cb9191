package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// component is what lives longer than a control connection.
type component struct {
	options
	report  *report
	stop    chan struct{}
	once    sync.Once
	ending  sync.Mutex
	running sync.WaitGroup
	workers int
}

// reactions are how the generations differ once they are registered.
type reactions struct {
	// What CONFIGURE leads to, where it can come here.
	configure func(message) error
	// REBORN is acknowledged; others ignore it.
	reborn bool
	// A SHUTDOWN of its own follows the ACK.
	leaves bool
	// The same, and it connects again.
	returns bool
	// A command of later protocols ends the connection.
	strict bool
}

// run answers messages until the connection is of no use any more.
func (c *component) run(control *connection, silence time.Duration, how reactions) error {
	for {
		got, err := c.receive(control, silence)
		if err != nil {
			return err
		}
		switch got.Command {
		case "PING":
			err = c.send(control, c.pong(got))
		case "CONFIGURE":
			if how.configure != nil {
				err = how.configure(got)
			}
		case "REBORN":
			if how.strict {
				return errors.New("unknown command REBORN")
			}
			if how.reborn {
				err = c.send(control, c.ack(got))
			}
		case "SHUTDOWN":
			return c.shutDown(control, got, how)
		case "RUNTIME_ERROR":
			var problem struct{ Recoverable bool }
			if json.Unmarshal(got.Payload, &problem) != nil || !problem.Recoverable {
				return fmt.Errorf("error of Aegis: %s", got.Payload)
			}
		case "NACK":
			return errShutdown
		}
		if err != nil {
			return err
		}
	}
}

func (c *component) shutDown(control *connection, got message, how reactions) error {
	lines := []string{c.ack(got)}
	if how.leaves || how.returns {
		lines = append(lines, c.envelope("LIFECYCLE", "SHUTDOWN", object{}, nil))
	}
	if err := c.send(control, lines...); err != nil {
		return err
	}
	if how.returns {
		return errors.New("shut down: it connects again")
	}
	return errShutdown
}

func (c *component) register(control *connection) error {
	capabilities := object{
		"supported_symbols":    c.symbols,
		"supported_timeframes": c.timeframes,
		"requires_streams":     c.streams,
	}
	payload := object{
		"session_token":  c.token,
		"component_id":   c.componentID,
		"component_name": c.name,
		"version":        "0.1.0",
		"capabilities":   capabilities,
	}
	if err := c.send(control, c.envelope("LIFECYCLE", "REGISTER", payload, nil)); err != nil {
		return err
	}
	answer, err := c.receive(control, 15*time.Second)
	if err != nil {
		return err
	}
	if answer.Command != "REGISTERED" {
		return refusal{string(answer.Payload)}
	}
	var ids struct {
		ComponentID string `json:"component_id"`
		SessionID   string `json:"session_id"`
	}
	if err := json.Unmarshal(answer.Payload, &ids); err != nil {
		return err
	}
	c.componentID, c.sessionID = ids.ComponentID, ids.SessionID
	c.report.set("componentId", ids.ComponentID)
	c.report.set("sessionId", ids.SessionID)
	return nil
}

// configured notes what CONFIGURE says, and gives the path of the data socket.
func (c *component) configured(got message) (string, error) {
	if got.Command != "CONFIGURE" {
		return "", fmt.Errorf("expected CONFIGURE, got %s", got.Command)
	}
	var payload struct {
		Socket string          `json:"data_stream_socket"`
		Topics []string        `json:"topics"`
		Config json.RawMessage `json:"config"`
	}
	if err := json.Unmarshal(got.Payload, &payload); err != nil {
		return "", err
	}
	c.report.set("topics", payload.Topics)
	c.report.set("config", payload.Config)
	return payload.Socket, nil
}

// workOnce starts a data worker that lives as long as the process, with the ids and the path of the first time.
func (c *component) workOnce(work func()) {
	c.once.Do(func() { c.work(work) })
}

func (c *component) work(work func()) {
	c.workers++
	c.running.Add(1)
	go func() {
		defer c.running.Done()
		work()
	}()
}

// finish prints the summary and ends the process; it waits 3 s at most for the data workers.
func (c *component) finish(end string, code int) {
	c.ending.Lock()
	close(c.stop)
	over := time.AfterFunc(3*time.Second, func() { c.end(end, code) })
	c.running.Wait()
	if over.Stop() {
		c.end(end, code)
	}
	select {} // the other one ends the process
}

func (c *component) end(end string, code int) {
	c.report.set("end", end)
	c.report.print()
	os.Exit(code)
}
