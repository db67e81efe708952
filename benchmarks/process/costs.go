package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"example.com/future"
	"example.com/future/process"
)

var (
	pid       = future.Register("pid", func(context.Context, struct{}) (int, error) { return os.Getpid(), nil })
	echoJSON  = future.Register("echo.json", func(_ context.Context, b []byte) ([]byte, error) { return b, nil })
	echoGob   = future.Register("echo.gob", func(_ context.Context, b []byte) ([]byte, error) { return b, nil }, future.WithCodec(future.GobCodec{}))
	spinsSeen = future.Register("spin", spin)
)

// start measures from the first call of a new pool to its answer.
func start(rounds int) {
	ctx := context.Background()
	d := medianOf(5*rounds, func() time.Duration {
		pool := newPool(1)
		defer pool.Close()
		began := time.Now()
		_, err := pid.Submit(ctx, pool, struct{}{}).Await(ctx)
		check(err)
		return time.Since(began)
	})
	fmt.Printf("start of a worker, to the answer of its first call: %v\n\n", d.Round(10*time.Microsecond))
}

// payloads measures one call at a time, there and back.
func payloads(rounds int) {
	ctx := context.Background()
	pool := newPool(1)
	defer pool.Close()
	fmt.Println("one call with a []byte, there and back")
	for _, size := range []int{1 << 10, 1 << 20, 16 << 20} {
		payload := make([]byte, size)
		for i := range payload {
			payload[i] = byte(i)
		}
		n := max(1, min(100, (64<<20)/size))
		measure := func(f *future.Func[[]byte, []byte]) time.Duration {
			return medianOf(rounds, func() time.Duration {
				began := time.Now()
				for range n {
					out, err := f.Submit(ctx, pool, payload).Await(ctx)
					check(err)
					if len(out) != size {
						check(errors.New("payload: wrong length"))
					}
				}
				return time.Since(began) / time.Duration(n)
			})
		}
		unit := fmt.Sprintf("%d KiB", size>>10)
		if size >= 1<<20 {
			unit = fmt.Sprintf("%d MiB", size>>20)
		}
		fmt.Printf("  %-8s JSON %10v   gob %10v\n", unit, measure(echoJSON).Round(time.Microsecond), measure(echoGob).Round(time.Microsecond))
	}
	fmt.Println()
}

// spin reports to the socket at path and never returns. The connection ends with the
// process.
func spin(_ context.Context, path string) (int, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return 0, err
	}
	if _, err := conn.Write([]byte{1}); err != nil {
		return 0, err
	}
	for {
	}
}

// kills measures from the end of the grace to the end of the process, to the end of
// its future, and to the answer of a replacement.
func kills(rounds int) {
	ctx := context.Background()
	const grace = 50 * time.Millisecond
	dir, err := os.MkdirTemp("", "bench")
	check(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	check(err)
	defer l.Close()
	pool := newPool(1, process.WithGrace(grace))
	defer pool.Close()

	var gone, done, replaced []time.Duration
	for range 3 * rounds {
		f := spinsSeen.Submit(ctx, pool, path)
		conn, err := l.Accept()
		check(err)
		_, err = io.ReadFull(conn, make([]byte, 1))
		check(err)
		began := time.Now().Add(grace)
		f.Cancel(nil)
		_, _ = io.ReadAll(conn)
		gone = append(gone, time.Since(began))
		<-f.Ready()
		done = append(done, time.Since(began))
		_, err = pid.Submit(ctx, pool, struct{}{}).Await(ctx)
		check(err)
		replaced = append(replaced, time.Since(began))
		conn.Close()
		if !f.Cancelled() {
			check(errors.New("kill: the call was not cancelled"))
		}
	}
	fmt.Println("kill of a busy loop, after the grace")
	row := func(what string, ds []time.Duration) {
		m := median(ds) // sorts a copy
		worst := ds[0]
		for _, d := range ds {
			worst = max(worst, d)
		}
		fmt.Printf("  %-34s %8v, at most %v\n", what, m.Round(10*time.Microsecond), worst.Round(10*time.Microsecond))
	}
	row("its process is gone", gone)
	row("its future is done", done)
	row("the next call has its answer", replaced)
}
