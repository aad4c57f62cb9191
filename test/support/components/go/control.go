package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"
)

type object = map[string]any

type message struct {
	ID      string          `json:"message_id"`
	Command string          `json:"command"`
	Payload json.RawMessage `json:"payload"`
}

// connection is a control connection that reads lines, or as the Go SDK does.
type connection struct {
	net.Conn
	lines *bufio.Reader
	// A new decoder for each message: what one has read beyond its message is lost.
	fresh bool
}

func dial(path string, fresh bool) (*connection, error) {
	socket, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: socket, lines: bufio.NewReader(socket), fresh: fresh}, nil
}

func (c *connection) next(limit time.Duration) (message, error) {
	var got message
	if err := c.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return got, err
	}
	if c.fresh {
		return got, json.NewDecoder(c.Conn).Decode(&got)
	}
	line, err := c.lines.ReadBytes('\n')
	if err != nil {
		return got, err
	}
	return got, json.Unmarshal(line, &got)
}

func (c *component) receive(control *connection, limit time.Duration) (message, error) {
	got, err := control.next(limit)
	if err == nil {
		c.report.heard(got.Command)
	}
	return got, err
}

// send writes each of the texts in a write of its own.
func (c *component) send(control *connection, texts ...string) error {
	for _, text := range texts {
		if _, err := control.Write([]byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// ask reports a state and takes the next message for the answer.
func (c *component) ask(control *connection, state string) (message, error) {
	if err := c.send(control, c.state(state)); err != nil {
		return message{}, err
	}
	return c.receive(control, 15*time.Second)
}

func (c *component) state(name string) string {
	return c.envelope("LIFECYCLE", "STATE_UPDATE", object{"state": name}, nil)
}

func (c *component) ack(of message) string {
	return c.envelope("CONTROL", "ACK", object{"status": "ok"}, of.ID)
}

func (c *component) pong(of message) string {
	payload := object{"state": "RUNNING", "uptime_seconds": int(time.Since(started).Seconds())}
	return c.envelope("HEARTBEAT", "PONG", payload, of.ID)
}

var started = time.Now()

// envelope is a line with its newline; answers is the id of the message that it answers, or nil.
func (c *component) envelope(kind, command string, payload object, answers any) string {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		panic(err)
	}
	line, err := json.Marshal(object{
		"protocol_version": "0.1",
		"message_id":       fmt.Sprintf("%x", id),
		"correlation_id":   answers,
		"timestamp":        strings.Replace(time.Now().UTC().Format(time.RFC3339Nano), "Z", "+00:00", 1),
		"source":           "component:" + c.name,
		"target":           "aegis",
		"type":             kind,
		"command":          command,
		"payload":          payload,
	})
	if err != nil {
		panic(err)
	}
	return string(line) + "\n"
}
