// Components that behave as each generation of SDKs does, with nothing but the standard library: the Go form of the
// Python programs beside this folder, with the same options (those that tests need) and the same summary.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// errShutdown: the component has no reason to come back.
var errShutdown = errors.New("shutdown")

// refusal: anything but REGISTERED came as the answer to REGISTER, which is final for every SDK.
type refusal struct{ payload string }

func (r refusal) Error() string { return r.payload }

var generations = map[string]func(*component, *connection) error{
	"waits":         waits,
	"pipelined":     pipelined,
	"fresh_decoder": freshDecoder,
	"asyncio_sdk":   asyncioSDK,
	"legacy":        legacy,
}

func main() {
	options := settings()
	serve, known := generations[options.generation]
	if !known {
		fmt.Fprintf(os.Stderr, "no such generation: %q\n", options.generation)
		os.Exit(2)
	}
	c := &component{options: options, report: newReport(options), stop: make(chan struct{})}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() {
		<-terminated
		c.finish("terminated", 143)
	}()
	pause := options.reconnect
	for attempt := 0; attempt < options.attempts; attempt++ {
		err := c.converse(serve)
		var refused refusal
		switch {
		case errors.Is(err, errShutdown):
			c.finish("shutdown", 0)
		case errors.As(err, &refused):
			c.finish("refused: "+refused.payload, 1)
		}
		fmt.Fprintf(os.Stderr, "lost: %v\n", err)
		time.Sleep(pause)
		pause = min(2*pause, time.Minute)
	}
	c.finish("attempts", 1)
}

// converse is one control connection.
func (c *component) converse(serve func(*component, *connection) error) error {
	control, err := dial(c.socket, c.generation == "fresh_decoder")
	if err != nil {
		return err
	}
	defer control.Close()
	c.report.add("connections", 1)
	return serve(c, control)
}
