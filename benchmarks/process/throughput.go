package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"time"

	"example.com/future"
)

const workers = 2

var square = future.Register("square", func(_ context.Context, n int) (int, error) { return n * n, nil })

// throughput compares the pool with Python's and with pipes written by hand. The
// three take turns, so that a change of the machine's load meets all of them.
func throughput(rounds, calls int) {
	pool := newPool(workers)
	defer pool.Close()
	pipes := startPipes()
	defer pipes.stop()
	snake, err := startPython(calls)
	if err == nil {
		defer snake.stop()
	}
	var ours, byHand, pythons []time.Duration
	for range rounds + 1 { // the first round warms up
		ours = append(ours, oursOnce(pool, calls))
		byHand = append(byHand, pipes.once(calls))
		if snake != nil {
			pythons = append(pythons, snake.once())
		}
	}
	fmt.Printf("%d small calls through %d workers: calls/s, and the time of a round in those of the pool; medians (least to most)\n", calls, workers)
	row := func(name string, ds []time.Duration) {
		rates, ratios := make([]float64, rounds), make([]float64, rounds)
		for i, d := range ds[1:] {
			rates[i] = float64(calls) / d.Seconds()
			ratios[i] = d.Seconds() / ours[i+1].Seconds()
		}
		slices.Sort(rates)
		slices.Sort(ratios)
		last := rounds - 1
		fmt.Printf("  %-32s %7.0f (%.0f to %.0f)  %.2f (%.2f to %.2f)\n", name,
			rates[rounds/2], rates[0], rates[last], ratios[rounds/2], ratios[0], ratios[last])
	}
	row("process.Pool", ours)
	row("pipes by hand, no cancellation", byHand)
	if snake != nil {
		row("Python ProcessPoolExecutor", pythons)
	} else {
		fmt.Println("  Python is left out:", err)
	}
	fmt.Println()
}

func median(ds []time.Duration) time.Duration {
	i := 0
	return medianOf(len(ds), func() time.Duration { i++; return ds[i-1] })
}

// oursOnce submits all calls and awaits them.
func oursOnce(pool future.Executor, calls int) time.Duration {
	ctx := context.Background()
	began := time.Now()
	fs := make([]*future.Future[int], calls)
	for i := range fs {
		fs[i] = square.Submit(ctx, pool, i)
	}
	for i, f := range fs {
		if v, err := f.Await(ctx); err != nil || v != i*i {
			check(fmt.Errorf("square of %d: %d, %w", i, v, err))
		}
	}
	return time.Since(began)
}

// envPipes makes this program a worker of pipes.
const envPipes = "BENCHMARK_PIPES"

// pipes is what one writes by hand: a goroutine for each of two processes sends one
// number after the other through a pipe and reads the answer. It can neither cancel
// nor replace a process.
type pipes struct {
	cmds []*exec.Cmd
	in   []io.WriteCloser
	out  []*bufio.Reader
}

func startPipes() *pipes {
	p := new(pipes)
	for range workers {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), envPipes+"=1")
		in, err := cmd.StdinPipe()
		check(err)
		out, err := cmd.StdoutPipe()
		check(err)
		check(cmd.Start())
		p.cmds, p.in, p.out = append(p.cmds, cmd), append(p.in, in), append(p.out, bufio.NewReader(out))
	}
	return p
}

func (p *pipes) stop() {
	for i, cmd := range p.cmds {
		p.in[i].Close()
		check(cmd.Wait())
	}
}

func (p *pipes) once(calls int) time.Duration {
	began := time.Now()
	jobs := make(chan int, calls)
	for i := range calls {
		jobs <- i
	}
	close(jobs)
	results := make([]uint64, calls)
	var wg sync.WaitGroup
	for w := range p.cmds {
		wg.Go(func() {
			var frame [8]byte
			for i := range jobs {
				binary.BigEndian.PutUint64(frame[:], uint64(i))
				_, err := p.in[w].Write(frame[:])
				check(err)
				_, err = io.ReadFull(p.out[w], frame[:])
				check(err)
				results[i] = binary.BigEndian.Uint64(frame[:])
			}
		})
	}
	wg.Wait()
	for i, r := range results {
		if r != uint64(i*i) {
			check(errors.New("pipes: wrong result"))
		}
	}
	return time.Since(began)
}

// servePipes is the other end.
func servePipes() {
	in := bufio.NewReader(os.Stdin)
	var frame [8]byte
	for {
		if _, err := io.ReadFull(in, frame[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint64(frame[:])
		binary.BigEndian.PutUint64(frame[:], n*n)
		_, err := os.Stdout.Write(frame[:])
		check(err)
	}
}

// script measures the same in Python: one round for each line that it reads.
const script = `
import sys, time
from concurrent.futures import ProcessPoolExecutor

def square(n):
    return n * n

if __name__ == "__main__":
    workers, calls = int(sys.argv[1]), int(sys.argv[2])
    with ProcessPoolExecutor(workers) as pool:
        for line in sys.stdin:
            began = time.perf_counter()
            fs = [pool.submit(square, i) for i in range(calls)]
            assert [f.result() for f in fs] == [i * i for i in range(calls)]
            print(time.perf_counter() - began, flush=True)
`

type snake struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	file string
}

func startPython(calls int) (*snake, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "bench*.py")
	check(err)
	_, err = io.Copy(f, bytes.NewBufferString(script))
	check(err)
	check(f.Close())
	cmd := exec.Command(path, f.Name(), strconv.Itoa(workers), strconv.Itoa(calls))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	return &snake{cmd, in, bufio.NewReader(out), f.Name()}, nil
}

func (s *snake) stop() {
	s.in.Close()
	check(s.cmd.Wait())
	os.Remove(s.file)
}

func (s *snake) once() time.Duration {
	_, err := io.WriteString(s.in, "\n")
	check(err)
	line, err := s.out.ReadString('\n')
	check(err)
	seconds, err := strconv.ParseFloat(line[:len(line)-1], 64)
	check(err)
	return time.Duration(seconds * float64(time.Second))
}
