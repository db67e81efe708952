package process

import (
	"bufio"
	"fmt"
	"os"
	"sync/atomic"
)

// variable is set in the environment of a worker, and only there. It holds what the
// worker needs in order to find its pipes.
const variable = "FUTURE_PROCESS_WORKER"

// reached remembers that Main was called. Without it NewPool refuses to start
// workers, for each of them would do what this process does, and start more.
var reached atomic.Bool //nolint:gochecknoglobals // a fact about the process

// Main makes the binary able to be a worker. In a worker it serves calls and does
// not return; anywhere else it returns at once. It must be the first statement of
// main, and of TestMain where tests use a pool, before flags are parsed: workers get
// no arguments. [NewPool] fails in a program that has not called it.
//
// A worker ends when its pool tells it to or is gone, and when a function that it
// serves calls [os.Exit].
func Main() {
	reached.Store(true)
	spec, ok := os.LookupEnv(variable)
	if !ok {
		return
	}
	// What a function starts, this binary too, is no worker.
	os.Unsetenv(variable)
	in, out, err := openFrames(spec)
	if err != nil {
		fmt.Fprintf(os.Stderr, "future: %s is set but this is no worker: %v\n", variable, err)
		os.Exit(2)
	}
	s := &server{in: bufio.NewReader(in), out: out}
	_ = s.send(kindHello, 0, nil)
	go s.serve() // a function that calls runtime.Goexit must not end this goroutine
	select {}
}
