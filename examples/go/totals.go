package main

import (
	"encoding/json"
	"fmt"
	"hash"
	"hash/fnv"
	"strings"
)

// row is one line of the stream; of its data only what this component looks at.
type row struct {
	Status string `json:"status"` // of a line that is no row: it says that a run begins
	Topic  string `json:"topic"`  // aegis.<session>.<type>.<symbol>[.<timeframe>]
	Ts     int64  `json:"ts"`     // unix ms
	Data   struct {
		Close  float64 `json:"close"`  // klines
		Volume float64 `json:"volume"` // klines
		Price  float64 `json:"price"`  // trades
		Qty    float64 `json:"qty"`    // trades
	} `json:"data"`
}

// topicTotals is what is known of a topic: its volume in the base asset, and the price that came last.
type topicTotals struct {
	Rows   int     `json:"rows"`
	Volume float64 `json:"volume"`
	Last   float64 `json:"last"`
}

// totals is what the component computes in one run. This is where a strategy would think.
type totals struct {
	rows, bytes int
	topics      map[string]*topicTotals
	checksum    hash.Hash64 // FNV-1a of all lines: the same in each run over the same data
}

func newTotals() *totals {
	return &totals{topics: map[string]*topicTotals{}, checksum: fnv.New64a()}
}

// add takes one line, with its newline.
func (t *totals) add(line []byte) error {
	var got row
	if err := json.Unmarshal(line, &got); err != nil {
		return err
	}
	if got.Status != "" {
		return nil
	}
	t.rows++
	t.bytes += len(line)
	t.checksum.Write(line)
	parts := strings.SplitN(got.Topic, ".", 3)
	if len(parts) < 3 {
		return fmt.Errorf("a topic without a type: %q", got.Topic)
	}
	topic := t.topics[parts[2]]
	if topic == nil {
		topic = &topicTotals{}
		t.topics[parts[2]] = topic
	}
	topic.Rows++
	if strings.HasPrefix(parts[2], "klines.") {
		topic.Volume += got.Data.Volume
		topic.Last = got.Data.Close
	} else {
		topic.Volume += got.Data.Qty
		topic.Last = got.Data.Price
	}
	return nil
}

func (t *totals) summary() object {
	return object{"rows": t.rows, "topics": t.topics, "checksum": fmt.Sprintf("%016x", t.checksum.Sum64())}
}
