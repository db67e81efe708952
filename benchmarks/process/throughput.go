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
	"strconv"
	"sync"
	"time"

	"example.com/future"
	"example.com/future/benchmarks/internal/measure"
)

const workers = 2

var square = future.Register("square", func(_ context.Context, n int) (int, error) { return n * n, nil })

// throughput compares the pool with Python's and with pipes written by hand. The
// three take turns, so that a change of the machine's load meets all of them.
func throughput(rounds, calls int) []measure.Result {
	pool := newPool(workers)
	defer pool.Close()
	pipes := startPipes()
	defer pipes.stop()
	snake, absent := startPython(calls)
	if absent == nil {
		defer snake.stop()
	}
	var ours, byHand, pythons []time.Duration
	for range rounds + 1 {
		ours = append(ours, oursOnce(pool, calls))
		byHand = append(byHand, pipes.once(calls))
		if absent == nil {
			pythons = append(pythons, snake.once())
		}
	}
	fmt.Printf("%d small calls through %d workers\n", calls, workers)
	w := newTable("", "calls/s", "time, of that of the pool")
	result := measure.Result{Row: measure.Row{Name: "calls", Size: calls}}
	add := func(name, title string, took []time.Duration) {
		s := measure.Series{Side: measure.Side{Name: name}}
		var rates, ratios []float64
		for i, d := range took[1:] { // the first round warms up
			s.Samples = append(s.Samples, measure.Sample{N: 1, Values: map[string]float64{measure.Time: float64(d) / float64(calls)}})
			rates = append(rates, float64(calls)/d.Seconds())
			ratios = append(ratios, d.Seconds()/ours[i+1].Seconds())
		}
		result.Series = append(result.Series, s)
		rate, ratio := measure.SpreadOf(rates), measure.SpreadOf(ratios)
		w.line(title, fmt.Sprintf("%.0f (%.0f–%.0f)", rate.Median, rate.Low, rate.High),
			fmt.Sprintf("%.2f (%.2f–%.2f)", ratio.Median, ratio.Low, ratio.High))
	}
	add("process.Pool", "process.Pool", ours)
	add("pipes by hand", "pipes by hand: numbers only, no codec, cancel or restart", byHand)
	if absent == nil {
		add("Python", "Python ProcessPoolExecutor", pythons)
	} else {
		w.line("Python is left out: " + absent.Error())
	}
	w.end()
	return []measure.Result{result}
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
