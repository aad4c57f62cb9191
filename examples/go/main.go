// An Aegis component in plain Go, against the protocol alone: counts the rows of each topic, adds up their volume and
// remembers the last price. To make a component of your own, change `needs` below and totals.go.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"
)

// What this component wants to get: all combinations of streams, symbols and timeframes (for klines).
var needs = map[string][]string{
	"requires_streams":     {"klines", "trades"},
	"supported_symbols":    {"BTCUSDT", "ETHUSDT"},
	"supported_timeframes": {"1m"},
}

// The largest pause between two attempts to reach Aegis; the first one is 3 s.
const longestPause = 30 * time.Second

func main() {
	rows := newStream()
	me := identity{ID: os.Getenv("AEGIS_COMPONENT_ID")}
	pause := 3 * time.Second
	for {
		err := serve(&me, rows)
		var refused refusal
		switch {
		case err == nil: // SHUTDOWN
			return
		case errors.As(err, &refused): // trying again would give the same answer
			log.Fatal(refused)
		}
		log.Printf("control connection lost: %v", err)
		time.Sleep(pause)
		pause = min(2*pause, longestPause)
	}
}

// serve is one control connection, from REGISTER to its end. It returns nil after SHUTDOWN.
func serve(me *identity, rows *stream) error {
	control, err := dial(os.Getenv("AEGIS_SOCKET"))
	if err != nil {
		return err
	}
	defer control.Close()
	if err := control.register(me); err != nil {
		return err
	}
	configure, err := control.handshake()
	if err != nil {
		return err
	}
	log.Printf("running with %d topics", len(configure.Topics))
	rows.start(configure.DataSocket, *me)
	for {
		message, err := control.next()
		if err != nil {
			return err
		}
		switch message.Command {
		case "PING":
			err = control.send("HEARTBEAT", "PONG", object{"state": "RUNNING"}, message.ID)
		case "REBORN": // the session runs again
			printResult(rows.begin())
			err = control.ack(message)
		case "SHUTDOWN":
			printResult(rows.end())
			return control.ack(message)
		}
		if err != nil {
			return err
		}
	}
}

func printResult(result *totals) {
	line, err := json.Marshal(result.summary())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}
