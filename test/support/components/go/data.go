package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"time"
)

// quietLimit: one Rust generation reconnects after so long without a row.
const quietLimit = time.Minute

// streaming is how a generation reads its rows.
type streaming struct {
	halfClose   bool
	answerLimit time.Duration
}

// streamRows connects again and again, as the Rust SDKs do.
func (c *component) streamRows(path, out string, how streaming) {
	rows, err := openRows(c.report, out)
	c.failed(err)
	c.wait(c.dataDelay)
	for c.alive() {
		c.failed(c.connectRows(path, rows, how))
		rows.rest = nil
		c.wait(c.dataRetry)
	}
}

func (c *component) connectRows(path string, rows *rows, how streaming) error {
	data, err := c.openData(path)
	if err != nil {
		return err
	}
	defer data.Close()
	if how.halfClose {
		if err := data.CloseWrite(); err != nil {
			return err
		}
	}
	lines := bufio.NewReader(data)
	if err := c.answer(data, lines, how.answerLimit); err != nil {
		return err
	}
	return c.readRows(data, lines, rows, quietLimit)
}

// streamRowsOnce is the Go example: drops what it read with the answer, and ends its worker at the first error after it.
func (c *component) streamRowsOnce(path string) {
	rows, err := openRows(c.report, c.out)
	c.failed(err)
	for c.alive() {
		data, err := c.openData(path)
		if err == nil {
			err = c.answer(data, bufio.NewReader(data), 10*time.Second)
		}
		if err == nil {
			c.failed(c.readRows(data, data, rows, 0))
			return
		}
		c.failed(err)
		c.wait(c.dataRetry)
	}
}

// openData sends the handshake: the ids of REGISTERED, not those of the environment.
func (c *component) openData(path string) (*net.UnixConn, error) {
	data, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// The program does not wait for rows that do not come when it ends.
	go func() {
		<-c.stop
		data.SetReadDeadline(time.Now())
	}()
	hello, err := json.Marshal(object{"component_id": c.componentID, "session_token": c.sessionID})
	if err != nil {
		return nil, err
	}
	_, err = data.Write(append(hello, '\n'))
	return data, err
}

// answer reads the answer to the handshake.
func (c *component) answer(data *net.UnixConn, lines *bufio.Reader, limit time.Duration) error {
	c.limit(data, limit)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	var answer struct{ Status, Message string }
	if err := json.Unmarshal(line, &answer); err != nil {
		return err
	}
	if answer.Status != "ok" {
		return errors.New(answer.Message)
	}
	c.report.add("dataConnections", 1)
	return nil
}

func (c *component) readRows(data *net.UnixConn, from io.Reader, rows *rows, quiet time.Duration) error {
	chunk := make([]byte, 64<<10)
	for {
		c.limit(data, quiet)
		count, err := from.Read(chunk)
		if err != nil {
			return err
		}
		if err := rows.take(chunk[:count]); err != nil {
			return err
		}
	}
}

// limit of the next read; 0 is none. When the program ends, the reader is not held up any more.
func (c *component) limit(data *net.UnixConn, limit time.Duration) {
	deadline := time.Time{}
	if limit > 0 {
		deadline = time.Now().Add(limit)
	}
	if c.alive() {
		data.SetReadDeadline(deadline)
	}
}

func (c *component) failed(err error) {
	if err != nil {
		c.report.set("dataError", err.Error())
	}
}

func (c *component) alive() bool {
	select {
	case <-c.stop:
		return false
	default:
		return true
	}
}

func (c *component) wait(pause time.Duration) {
	select {
	case <-c.stop:
	case <-time.After(pause):
	}
}
