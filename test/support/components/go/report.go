package main

import (
	"encoding/json"
	"fmt"
	"sync"
)

// report is the summary that is printed as one JSON line when the program ends, however it ends.
type report struct {
	mutex    sync.Mutex
	fields   object
	counts   map[string]int
	commands []string
}

func newReport(options options) *report {
	fields := object{
		"style": options.generation, "componentId": options.componentID, "sessionId": nil,
		"topics": nil, "config": nil, "end": nil,
	}
	counts := map[string]int{"connections": 0, "dataConnections": 0, "rows": 0}
	return &report{fields: fields, counts: counts, commands: []string{}}
}

func (r *report) add(name string, count int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.counts[name] += count
}

func (r *report) set(name string, value any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.fields[name] = value
}

func (r *report) heard(command string) {
	if command == "PING" || command == "ACK" {
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.commands = append(r.commands, command)
}

func (r *report) print() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for name, count := range r.counts {
		r.fields[name] = count
	}
	r.fields["commands"] = r.commands
	line, err := json.Marshal(r.fields)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
