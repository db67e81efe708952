// Soak does all that the packages of this module can do, at once and with faults, for
// as long as one likes, and then says whether the books balance.
//
//	go run ./internal/soak -for 1h
//	go run ./internal/soak -for 1m -seed 7          the same random choices again
//	go run ./internal/soak -for 1m -run 'pool|run'  only these loads
//
// Goroutines of many loads run side by side: futures, chains, scopes, joins, pools in
// all settings, processes. What they start is cancelled, panics, exits, is dropped,
// times out, is killed. Every load keeps a sheet: what was started has to have
// succeeded, failed, been cancelled or refused, no function may have run twice, and
// each failure that nobody looked at has to be reported once.
//
// From time to time everything stops. Then there must be as many goroutines and file
// descriptors as in the beginning, no process, and all reports must have come. The
// heap and the threads must not grow from one such moment to the next. What hangs is
// shown with the stacks of all goroutines.
//
// The exit code is 0 if all of that holds.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"

	"example.com/future/process"
)

func main() {
	process.Main()
	os.Exit(run(os.Args[1:], loads(), os.Stdout))
}

// run is the command. It returns the exit code.
func run(args []string, ls []*load, out io.Writer) int {
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(out)
	var (
		length   = flags.Duration("for", time.Minute, "how long to go on")
		match    = flags.String("run", "", "do only the loads that match this regular `expression`")
		seed     = flags.Uint64("seed", uint64(time.Now().UnixNano()), "what the random choices begin with")
		patience = flags.Duration("patience", time.Minute, "how long a thing may take before it counts as hanging")
	)
	if flags.Parse(args) != nil || flags.NArg() > 0 {
		return 2
	}
	re, err := regexp.Compile(*match)
	if err != nil {
		fmt.Fprintln(out, err)
		return 2
	}
	ls = slices.DeleteFunc(ls, func(l *load) bool { return !re.MatchString(l.name) })
	s := &soak{books: newBooks(out), loads: ls, seed: *seed, patience: *patience}
	if !s.goOn(*length) {
		return 1
	}
	return 0
}
