package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/future"
	"example.com/future/benchmarks/internal/measure"
	"example.com/future/process"
)

// A way to hang is one that only the end of the process ends. It gets ready, and
// returns what hangs. The connection ends with the last process that has it.
type way func(*net.UnixConn) (hang func(), err error)

var ways = withThoseOfTheSystem(map[string]way{
	"busy loop": func(*net.UnixConn) (func(), error) { return spin, nil },
	"select":    func(*net.UnixConn) (func(), error) { return func() { select {} }, nil },
})

func spin() {
	for {
	}
}

// A holder says how to hang, and whom to tell it first.
type holder struct{ Path, How string }

var hold = future.Register("hold", func(_ context.Context, h holder) (int, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: h.Path, Net: "unix"})
	if err != nil {
		return 0, err
	}
	hang, err := ways[h.How](conn)
	if err != nil {
		return 0, err
	}
	if _, err := conn.Write([]byte{1}); err != nil {
		return 0, err
	}
	hang()
	return 0, nil
})

// A beacon is told when a function is about to hang.
type beacon struct {
	*net.UnixListener
	path string
}

func newBeacon(dir string) beacon {
	path := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	check(err)
	return beacon{l, path}
}

// wait returns a connection to the function that hangs, or nil if it does not do so
// before the deadline.
func (b beacon) wait(deadline time.Time) net.Conn {
	check(b.SetDeadline(deadline))
	conn, err := b.Accept()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	check(err)
	check(conn.SetDeadline(deadline))
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		conn.Close()
		return nil
	}
	return conn
}

// untilGone returns when the other end is no more.
func untilGone(conn net.Conn) {
	defer conn.Close()
	check(conn.SetDeadline(time.Now().Add(time.Minute)))
	if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
		check(errors.New("a worker that hangs is there after a minute"))
	}
}

// kills measures, for each way to hang, from the deadline of a call and the grace to
// the end of the worker, to the end of the future, and to the answer of the next call.
func kills(times int) []measure.Result {
	const grace = 20 * time.Millisecond
	ctx := context.Background()
	pool := newPool(1, process.WithGrace(grace))
	defer pool.Close()
	fmt.Printf("a call that hangs, from its deadline and a grace of %v on; %d times\n", grace, times)
	w := newTable("", "its worker is gone", "at worst", "its future is done", "the next call has its answer")
	result := measure.Result{Row: measure.Row{Name: "kill", Size: 1}}
	for _, how := range slices.Sorted(maps.Keys(ways)) {
		killed := measure.Series{Side: measure.Side{Name: how}}
		for range times {
			killed.Samples = append(killed.Samples, kill(ctx, pool, grace, how))
		}
		result.Series = append(result.Series, killed)
		w.line(how, spread(killed.Spread(measure.Time)), short(slices.Max(killed.Values(measure.Time))),
			spread(killed.Spread(untilDone)), spread(killed.Spread(untilNext)))
	}
	w.end()
	return []measure.Result{result}
}

// Beside the time until the worker is gone.
const (
	untilDone = "done-ns"
	untilNext = "next-ns"
)

// kill measures one kill.
func kill(ctx context.Context, pool *process.Pool, grace time.Duration, how string) measure.Sample {
	// Where a call does not even begin within its time it gets more.
	for patience := 50 * time.Millisecond; ; patience *= 2 {
		dir, err := os.MkdirTemp("", "bench")
		check(err)
		b := newBeacon(dir)
		deadline := time.Now().Add(patience)
		limited, cancel := context.WithDeadline(ctx, deadline)
		f := hold.Submit(limited, pool, holder{b.path, how})
		conn := b.wait(deadline)
		began := deadline.Add(grace)
		values := make(map[string]float64)
		lap := func(unit string) { values[unit] = float64(time.Since(began)) }
		if conn != nil {
			untilGone(conn)
			lap(measure.Time)
		}
		<-f.Ready()
		lap(untilDone)
		if !f.Cancelled() {
			check(fmt.Errorf("kill of %s: the call was not cancelled: %w", how, f.Exception()))
		}
		_, err = pid.Submit(ctx, pool, struct{}{}).Await(ctx)
		check(err)
		lap(untilNext)
		cancel()
		b.Close()
		check(os.RemoveAll(dir))
		if conn != nil {
			return measure.Sample{N: 1, Values: values}
		}
	}
}

// These make this program the parent of a worker that hangs.
const (
	envParent = "BENCHMARK_PARENT" // whom the worker tells it
	envHow    = "BENCHMARK_HOW"
)

func beParent(path, how string) {
	ctx := context.Background()
	_, err := hold.Submit(ctx, newPool(1), holder{path, how}).Await(ctx)
	check(fmt.Errorf("the parent lives on: %w", err))
}

// orphans measures, for each way to hang, from the kill of the parent to the end of
// its worker.
func orphans(times int) []measure.Result {
	dir, err := os.MkdirTemp("", "bench")
	check(err)
	defer os.RemoveAll(dir)
	b := newBeacon(dir)
	defer b.Close()
	fmt.Printf("a parent is killed while its worker hangs; %d times\n", times)
	w := newTable("", "its worker is gone", "at worst")
	result := measure.Result{Row: measure.Row{Name: "parent", Size: 1}}
	for _, how := range slices.Sorted(maps.Keys(ways)) {
		var took []time.Duration
		for range times {
			parent := exec.Command(os.Args[0])
			parent.Env = append(os.Environ(), envParent+"="+b.path, envHow+"="+how)
			parent.Stderr = os.Stderr
			check(parent.Start())
			conn := b.wait(time.Now().Add(time.Minute))
			if conn == nil {
				check(fmt.Errorf("a parent whose worker is to hang by %s did not start", how))
			}
			time.Sleep(5 * time.Millisecond) // it has said that it will hang, not that it does
			began := time.Now()
			check(parent.Process.Kill())
			untilGone(conn)
			took = append(took, time.Since(began))
			_ = parent.Wait()
		}
		left := series(how, 1, took...)
		result.Series = append(result.Series, left)
		w.line(how, spread(left.Spread(measure.Time)), short(slices.Max(left.Values(measure.Time))))
	}
	w.end()
	return []measure.Result{result}
}

// A table has columns that are as wide as they have to be.
type table struct{ *tabwriter.Writer }

func newTable(head ...string) table {
	t := table{tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)}
	t.line(head...)
	return t
}

func (t table) line(cells ...string) {
	fmt.Fprintln(t, "  "+strings.Join(cells, "\t"))
}

func (t table) end() {
	check(t.Flush())
	fmt.Println()
}
