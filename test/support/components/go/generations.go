package main

import (
	"fmt"
	"time"
)

// waits is the newest Rust SDK: waits for the ACKs of INITIALIZING and READY, which must be ACKs; one data worker.
func waits(c *component, control *connection) error {
	if err := c.register(control); err != nil {
		return err
	}
	for _, state := range []string{"INITIALIZING", "READY"} {
		answer, err := c.ask(control, state)
		if err != nil {
			return err
		}
		if answer.Command != "ACK" {
			return fmt.Errorf("expected ACK, got %s", answer.Command)
		}
	}
	configured, err := c.receive(control, 35*time.Second)
	if err != nil {
		return err
	}
	path, err := c.configured(configured)
	if err != nil {
		return err
	}
	if err := c.send(control, c.ack(configured), c.state("CONFIGURED"), c.state("RUNNING")); err != nil {
		return err
	}
	c.workOnce(func() { c.streamRows(path, c.out, streaming{answerLimit: 3 * time.Second}) })
	return c.run(control, 25*time.Second, reactions{reborn: true})
}

// pipelined is the Rust SDK of 2026-03: waits for nothing, half-closes its data socket, opens another one after each
// reconnect.
func pipelined(c *component, control *connection) error {
	if err := c.register(control); err != nil {
		return err
	}
	if err := c.send(control, c.state("INITIALIZING")+c.state("READY")); err != nil {
		return err
	}
	return c.run(control, 35*time.Second, reactions{reborn: true, configure: func(configured message) error {
		path, err := c.configured(configured)
		if err != nil {
			return err
		}
		if err := c.send(control, c.ack(configured)+c.state("CONFIGURED")+c.state("RUNNING")); err != nil {
			return err
		}
		// Rows of further connections are the same rows: they go to files of their own.
		out := c.out
		if c.workers > 0 && out != "" {
			out = fmt.Sprintf("%s.%d", out, c.workers)
		}
		c.work(func() { c.streamRows(path, out, streaming{halfClose: true, answerLimit: 10 * time.Second}) })
		return nil
	}})
}

// freshDecoder is the Go SDK: a new decoder per message that drops what it read too much; any line counts as an ACK;
// ignores REBORN; returns after SHUTDOWN.
func freshDecoder(c *component, control *connection) error {
	if err := c.register(control); err != nil {
		return err
	}
	for _, state := range []string{"INITIALIZING", "READY"} {
		if _, err := c.ask(control, state); err != nil {
			return err
		}
	}
	configured, err := c.receive(control, 35*time.Second)
	if err != nil {
		return err
	}
	path, err := c.configured(configured)
	if err != nil {
		return err
	}
	if err := c.send(control, c.ack(configured)); err != nil {
		return err
	}
	for _, state := range []string{"CONFIGURED", "RUNNING"} {
		if _, err := c.ask(control, state); err != nil {
			return err
		}
	}
	c.workOnce(func() { c.streamRowsOnce(path) })
	return c.run(control, 35*time.Second, reactions{returns: true})
}

// asyncioSDK is the Python SDK: waits for the ACK of INITIALIZING only, any line counts; no data client; returns after
// SHUTDOWN. It has a name of its own for the socket's variable.
func asyncioSDK(c *component, control *connection) error {
	if err := c.register(control); err != nil {
		return err
	}
	if _, err := c.ask(control, "INITIALIZING"); err != nil {
		return err
	}
	if err := c.send(control, c.state("READY")); err != nil {
		return err
	}
	return c.run(control, 35*time.Second, reactions{returns: true, configure: c.confirm(control)})
}

// legacy is the first generation (Rust, C++, OCaml): waits for CONFIGURE without INITIALIZING and READY; no data client.
func legacy(c *component, control *connection) error {
	if err := c.register(control); err != nil {
		return err
	}
	return c.run(control, 35*time.Second, reactions{strict: true, leaves: true, configure: c.confirm(control)})
}

func (c *component) confirm(control *connection) func(message) error {
	return func(configured message) error {
		if _, err := c.configured(configured); err != nil {
			return err
		}
		return c.send(control, c.ack(configured), c.state("CONFIGURED"), c.state("RUNNING"))
	}
}
