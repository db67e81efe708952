// Mutate breaks the packages of this module in many small ways, one at a time, and
// shows that their tests notice each: a test suite is worth what it catches.
//
//	go run ./internal/mutate                        all of them, in about twenty minutes
//	go run ./internal/mutate -run 'queue|limit'     those whose line matches
//	go run ./internal/mutate -sample 8 -seed 1      so many, chosen by the seed
//	go run ./internal/mutate -check                 do all of them apply and compile?
//
// The tree is not touched: the compiler gets the changed file by -overlay. A mutation
// that no test notices, that does not apply any more or does not compile makes the
// exit code 1.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	var (
		check  = flag.Bool("check", false, "only see whether the mutations apply and compile")
		sample = flag.Int("sample", 0, "try only so many, chosen at random")
		seed   = flag.Uint64("seed", 1, "what -sample chooses by")
		match  = flag.String("run", "", "try only those whose line matches this regular `expression`")
		procs  = flag.Int("p", runtime.GOMAXPROCS(0), "how many to try at a time")
	)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := mutate(ctx, os.Stdout, *match, *sample, *seed, *check, *procs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
	if err != nil || !ok {
		stop()
		os.Exit(1)
	}
}

// mutate is the command. It reports whether all is well.
func mutate(ctx context.Context, w io.Writer, match string, sample int, seed uint64, check bool, procs int) (bool, error) {
	re, err := regexp.Compile(match)
	if err != nil {
		return false, err
	}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return false, fmt.Errorf("go list -m: %w", err)
	}
	ms := slices.Concat(ofFuture(), ofJoining(), ofScopes(), ofExecutors(), ofPools(), ofCalls(), ofProcesses(), ofFuturetest())
	chosen := choose(ms, re, sample, seed)
	if len(chosen) == 0 {
		return false, fmt.Errorf("none of %d mutations is chosen", len(ms))
	}
	b, err := newBench(ctx, strings.TrimSpace(string(out)), chosen)
	if err != nil {
		return false, err
	}
	defer b.close()
	if check {
		return b.check(w, chosen), nil
	}
	return b.run(ctx, w, chosen, procs)
}

// choose returns the mutations to try, in the order of the table.
func choose(ms []mutation, re *regexp.Regexp, sample int, seed uint64) []mutation {
	ms = slices.DeleteFunc(slices.Clone(ms), func(m mutation) bool {
		return !re.MatchString(m.in+" "+m.says) || sample > 0 && m.narrow != ""
	})
	if sample <= 0 || sample >= len(ms) {
		return ms
	}
	places := rand.New(rand.NewPCG(seed, 0)).Perm(len(ms))[:sample]
	slices.Sort(places)
	chosen := make([]mutation, sample)
	for i, place := range places {
		chosen[i] = ms[place]
	}
	return chosen
}

// check says which mutations do not apply or compile, and reports whether all do.
func (b *bench) check(w io.Writer, ms []mutation) bool {
	bad := 0
	for _, m := range ms {
		if err := b.broken[m.id()]; err != nil {
			bad++
			fmt.Fprintf(w, "%s: %s: %v\n", m.in, m.says, err)
		}
	}
	fmt.Fprintf(w, "%d of %d mutations apply and compile\n", len(ms)-bad, len(ms))
	return bad == 0
}

// run tries the mutations, prints a line for each and the balance, and reports whether
// all were noticed.
func (b *bench) run(ctx context.Context, w io.Writer, ms []mutation, procs int) (bool, error) {
	began := time.Now()
	if err := b.prepare(ctx, ms); err != nil {
		return false, err
	}
	verdicts := make([]chan verdict, len(ms))
	for i := range verdicts {
		verdicts[i] = make(chan verdict, 1)
	}
	var (
		wg   sync.WaitGroup
		next = make(chan int)
	)
	for range max(procs, 1) {
		wg.Go(func() {
			for i := range next {
				verdicts[i] <- b.try(ctx, ms[i])
			}
		})
	}
	go func() {
		defer close(next)
		for i := range ms {
			next <- i
		}
	}()
	var t tally
	for i, m := range ms { // in the order of the table, each as soon as it can be told
		v := <-verdicts[i]
		t.add(m, v)
		fmt.Fprintf(w, "%-16s %-30s %s%s\n", v.how, m.in, m.says, v.remark(m))
	}
	wg.Wait()
	t.print(w, time.Since(began))
	return t.bad == 0, ctx.Err()
}

// A tally is the balance.
type tally struct {
	how           map[outcome]int
	noticed, bad  int
	tried, narrow int
}

func (t *tally) add(m mutation, v verdict) {
	if t.how == nil {
		t.how = make(map[outcome]int)
	}
	switch {
	case v.how == broken:
		t.tried++
		t.bad++
	case m.narrow != "":
		t.narrow++
		return
	case v.how == survived:
		t.tried++
		t.bad++
	default:
		t.tried++
		t.noticed++
	}
	t.how[v.how]++
}

func (t *tally) print(w io.Writer, took time.Duration) {
	fmt.Fprintf(w, "\nnoticed %d of %d in %v\n", t.noticed, t.tried, took.Round(time.Second))
	for _, how := range outcomes() {
		if n := t.how[how]; n > 0 {
			fmt.Fprintf(w, "%4d %s\n", n, how)
		}
	}
	if t.narrow > 0 {
		fmt.Fprintf(w, "%4d more cannot be relied upon to be noticed, and are not counted; the reason is in their line\n", t.narrow)
	}
}
