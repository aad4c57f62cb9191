package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"log"
	"net"
	"sync"
	"time"
)

// stream reads the rows, over as many data connections as it takes, each row once.
type stream struct {
	once   sync.Once
	mutex  sync.Mutex
	totals *totals // of this run; its bytes are the position in the stream
	// The present connection has brought rows: it belongs to the run that is counted.
	brought bool
	// The run is over and cannot be had from its start: wait for the next one.
	late bool
}

func newStream() *stream {
	return &stream{totals: newTotals()}
}

// start begins to read; after a new control connection it is called again, and the stream simply goes on.
func (s *stream) start(path string, me identity) {
	s.once.Do(func() {
		go func() {
			for {
				log.Printf("data connection lost: %v", s.read(path, me))
				time.Sleep(500 * time.Millisecond)
			}
		}()
	})
}

// begin is called at REBORN; it returns what the old run has come to. Aegis has closed the connection of that run
// before, so there is an end to wait for.
func (s *stream) begin() *totals {
	for {
		s.mutex.Lock()
		if !s.brought {
			break
		}
		s.mutex.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	defer s.mutex.Unlock()
	old := s.totals
	s.totals = newTotals()
	return old
}

// end is called at SHUTDOWN. Rows that have arrived already count: until none came for 100 ms, at most a second.
func (s *stream) end() *totals {
	for rows, tries := s.rows()-1, 0; rows != s.rows() && tries < 10; tries++ {
		rows = s.rows()
		time.Sleep(100 * time.Millisecond)
	}
	s.mutex.Lock() // and not unlocked: nothing is counted any more
	return s.totals
}

func (s *stream) rows() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.totals.rows
}

// read is one data connection, from its handshake to its end.
func (s *stream) read(path string, me identity) error {
	connection, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	defer connection.Close()
	hello, err := json.Marshal(s.hello(me))
	if err != nil {
		return err
	}
	if _, err := connection.Write(append(hello, '\n')); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(connection, 256<<10)
	answer, err := lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	if err := s.accept(answer); err != nil {
		return err
	}
	defer s.lost()
	for {
		// What is left of a line when the connection ends is forgotten: it comes whole on the next one.
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		if err := s.take(line); err != nil {
			return err
		}
	}
}

// hello says where to begin. A process that has nothing yet, because it was just started or was killed in the middle of
// a run, asks for the run from its start; one that lost its connection says how many bytes of whole rows it has.
func (s *stream) hello(me identity) object {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	hello := object{"component_id": me.ID, "session_token": me.Session}
	if s.totals.rows == 0 && !s.late {
		hello["from"] = "start"
	} else {
		hello["received"] = s.totals.bytes
	}
	return hello
}

func (s *stream) accept(line []byte) error {
	var answer struct{ Status, Message string }
	if err := json.Unmarshal(line, &answer); err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.late = answer.Status != "ok"
	if s.late {
		return errors.New(answer.Message)
	}
	return nil
}

func (s *stream) take(line []byte) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.brought = true
	return s.totals.add(line)
}

func (s *stream) lost() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.brought = false
}
