package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"
)

type object = map[string]any

// identity is what REGISTERED gives. The data socket wants both; a new control connection registers under the same ID.
type identity struct {
	ID      string `json:"component_id"`
	Session string `json:"session_id"`
}

// configuration is the payload of CONFIGURE.
type configuration struct {
	DataSocket string   `json:"data_stream_socket"`
	Topics     []string `json:"topics"`
}

type message struct {
	ID      string          `json:"message_id"`
	Command string          `json:"command"`
	Payload json.RawMessage `json:"payload"`
}

// refusal is an ERROR in answer to REGISTER: final.
type refusal struct{ reason string }

func (r refusal) Error() string { return "registration refused: " + r.reason }

// silence: Aegis sends a PING every 5 s. Nothing for so long means that the connection is dead.
const silence = 35 * time.Second

// control is a connection to the control socket: one JSON object per line, in both directions.
type control struct {
	net.Conn
	// One reader for the life of the connection: a new one would lose what the one before had read ahead.
	lines *bufio.Reader
}

// sent counts the messages of the process: an id is used once, over all connections.
var sent int

func dial(path string) (*control, error) {
	connection, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	return &control{Conn: connection, lines: bufio.NewReader(connection)}, nil
}

// register gives the session's secret token and what the component needs.
func (c *control) register(me *identity) error {
	name := os.Getenv("AEGIS_COMPONENT_NAME")
	if name == "" {
		name = "counter"
	}
	payload := object{
		"session_token":  os.Getenv("AEGIS_SESSION_TOKEN"),
		"component_id":   me.ID,
		"component_name": name,
		"capabilities":   needs,
	}
	if err := c.send("LIFECYCLE", "REGISTER", payload, ""); err != nil {
		return err
	}
	answer, err := c.receive()
	if err != nil {
		return err // a connection that ends without an answer is no refusal
	}
	if answer.Command != "REGISTERED" {
		return refusal{string(answer.Payload)}
	}
	return json.Unmarshal(answer.Payload, me)
}

// handshake takes the component to RUNNING, waiting for the ACK of each state.
func (c *control) handshake() (configuration, error) {
	var configured configuration
	if err := c.report("INITIALIZING", "READY"); err != nil {
		return configured, err
	}
	message, err := c.expect("CONFIGURE")
	if err != nil {
		return configured, err
	}
	if err := json.Unmarshal(message.Payload, &configured); err != nil {
		return configured, err
	}
	if err := c.ack(message); err != nil {
		return configured, err
	}
	return configured, c.report("CONFIGURED", "RUNNING")
}

func (c *control) report(states ...string) error {
	for _, state := range states {
		if err := c.send("LIFECYCLE", "STATE_UPDATE", object{"state": state}, ""); err != nil {
			return err
		}
		if _, err := c.expect("ACK"); err != nil {
			return err
		}
	}
	return nil
}

func (c *control) expect(command string) (message, error) {
	got, err := c.next()
	if err == nil && got.Command != command {
		err = fmt.Errorf("%s came instead of %s", got.Command, command)
	}
	return got, err
}

// next skips errors after which the conversation goes on; after others Aegis ends it.
func (c *control) next() (message, error) {
	for {
		got, err := c.receive()
		if err != nil || got.Command != "RUNTIME_ERROR" {
			return got, err
		}
		var problem struct{ Recoverable bool }
		if err := json.Unmarshal(got.Payload, &problem); err != nil || !problem.Recoverable {
			return got, fmt.Errorf("aegis says: %s", got.Payload)
		}
	}
}

func (c *control) receive() (message, error) {
	var got message
	if err := c.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return got, err
	}
	line, err := c.lines.ReadBytes('\n')
	if err != nil {
		return got, err
	}
	return got, json.Unmarshal(line, &got)
}

func (c *control) ack(of message) error {
	return c.send("CONTROL", "ACK", object{"status": "ok"}, of.ID)
}

// send writes one message; `answers` is the id of the message that it answers, or "".
func (c *control) send(kind, command string, payload object, answers string) error {
	sent++
	envelope := object{
		"protocol_version": "0.1.0",
		"message_id":       fmt.Sprintf("%d-%d", os.Getpid(), sent),
		"source":           "component:counter",
		"target":           "aegis",
		"type":             kind,
		"command":          command,
		"payload":          payload,
	}
	if answers != "" {
		envelope["correlation_id"] = answers
	}
	line, err := json.Marshal(envelope)
	if err != nil {
		return err
	}
	_, err = c.Write(append(line, '\n'))
	return err
}
