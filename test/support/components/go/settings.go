package main

import (
	"flag"
	"os"
	"strings"
	"time"
)

// options come from the environment, what the component declares from arguments.
type options struct {
	generation, name, socket, token, out string
	symbols, streams, timeframes         []string
	reconnect, dataRetry, dataDelay      time.Duration
	attempts                             int
	// Changed by REGISTERED.
	componentID, sessionID string
}

func settings() options {
	generation := flag.String("generation", "waits", "waits, pipelined, fresh_decoder, asyncio_sdk or legacy")
	symbols := flag.String("symbols", "", "separated by commas")
	streams := flag.String("streams", "", "separated by commas")
	timeframes := flag.String("timeframes", "", "separated by commas")
	name := flag.String("name", "", "default: the generation")
	out := flag.String("out", "", "rows are appended here, complete lines only")
	reconnect := flag.Float64("reconnect", 3, "seconds before the first control reconnect")
	dataRetry := flag.Float64("data-retry", 1, "seconds before a new data connection")
	dataDelay := flag.Float64("data-delay", 0, "seconds before the first data connection")
	attempts := flag.Int("attempts", 10, "control connections for the life of the process")
	flag.Parse()
	if *name == "" {
		*name = *generation
	}
	return options{
		generation:  *generation,
		name:        *name,
		socket:      socketOf(*generation),
		token:       os.Getenv("AEGIS_SESSION_TOKEN"),
		componentID: os.Getenv("AEGIS_COMPONENT_ID"),
		out:         *out,
		symbols:     names(*symbols),
		streams:     names(*streams),
		timeframes:  names(*timeframes),
		reconnect:   seconds(*reconnect),
		dataRetry:   seconds(*dataRetry),
		dataDelay:   seconds(*dataDelay),
		attempts:    *attempts,
	}
}

// socketOf: one SDK has a name of its own for the variable, and does not start without it.
func socketOf(generation string) string {
	if generation == "asyncio_sdk" {
		return os.Getenv("AEGIS_COMPONENT_SOCKET")
	}
	if path := os.Getenv("AEGIS_SOCKET"); path != "" {
		return path
	}
	return os.Getenv("AEGIS_COMPONENT_SOCKET")
}

func names(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, ",")
}

func seconds(number float64) time.Duration {
	return time.Duration(number * float64(time.Second))
}
