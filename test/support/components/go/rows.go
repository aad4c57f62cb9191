package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// rows appends complete lines to a file; what is left of a line when its connection ends is forgotten.
type rows struct {
	report *report
	file   *os.File
	rest   []byte
}

func openRows(report *report, path string) (*rows, error) {
	if path == "" {
		return &rows{report: report}, nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return &rows{report: report, file: file}, err
}

func (r *rows) take(chunk []byte) error {
	data := append(r.rest, chunk...)
	end := bytes.LastIndexByte(data, '\n') + 1
	complete := data[:end]
	r.rest = append([]byte(nil), data[end:]...)
	if end == 0 {
		return nil
	}
	for _, line := range bytes.Split(complete[:end-1], []byte{'\n'}) {
		var row struct {
			Ts *int64 `json:"ts"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return err
		}
		if row.Ts == nil {
			return fmt.Errorf("no row: %s", line)
		}
	}
	if r.file != nil {
		if _, err := r.file.Write(complete); err != nil {
			return err
		}
	}
	r.report.add("rows", bytes.Count(complete, []byte{'\n'}))
	return nil
}
