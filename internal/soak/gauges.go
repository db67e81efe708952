package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
)

// Gauges are what must stay as it is. One that this system does not have is -1.
type gauges struct {
	goroutines, files, children, threads int
	heap                                 int64
}

func (g gauges) String() string {
	return fmt.Sprintf("%d goroutines, %d file descriptors, %d child processes, %d threads, heap %d KB",
		g.goroutines, g.files, g.children, g.threads, g.heap>>10)
}

func read() gauges {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return gauges{
		goroutines: runtime.NumGoroutine(),
		files:      openFiles(),
		children:   children(),
		threads:    threads(),
		heap:       int64(m.HeapAlloc),
	}
}

// warmUp has the runtime make what it keeps for ever: the files of its network poller,
// and the descriptors of more goroutines than there will be at once.
func warmUp() {
	if r, w, err := os.Pipe(); err == nil {
		_, _ = r.Close(), w.Close()
	}
	runtime.GC()
	before := runtime.NumGoroutine()
	var begun, ended sync.WaitGroup
	begun.Add(manyGoroutines)
	for range manyGoroutines {
		ended.Go(func() {
			begun.Done()
			begun.Wait()
		})
	}
	ended.Wait()
	// Each counts until it is gone, and also while a collection takes its stack.
	runtime.GC()
	for runtime.NumGoroutine() > before {
		runtime.GC()
	}
}

func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries)
}

func children() int {
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(lists) == 0 {
		return -1
	}
	n := 0
	for _, list := range lists {
		pids, _ := os.ReadFile(list) // the thread may have ended
		n += len(bytes.Fields(pids))
	}
	return n
}

func threads() int {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range bytes.Lines(status) {
		if value, ok := bytes.CutPrefix(line, []byte("Threads:")); ok {
			n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
			if err == nil {
				return n
			}
		}
	}
	return -1
}

const (
	manyGoroutines = 4000 // the race detector bears twice as many

	maxThreads = 32      // more than there were when it was warm: the runtime keeps those it had use for
	maxGrowth  = 1 << 20 // of the heap from the first third of the rounds to the last
)

// flat checks what has to be flat over all rounds. The first ones do not count, and a
// few others say nothing yet.
func (b *books) flat(all []gauges) {
	all = all[min(2, len(all)):] // it has to get warm
	third := len(all) / 3
	if third < 3 {
		return
	}
	first, last := lowest(all[:third]), lowest(all[len(all)-third:])
	if last.heap > first.heap+maxGrowth {
		b.complain("the heap grows: at first %d KB, at last %d KB", first.heap>>10, last.heap>>10)
	}
	if last.threads > first.threads+maxThreads {
		b.complain("the threads become more: at first %d, at last %d", first.threads, last.threads)
	}
}

// lowest returns the lowest heap and number of threads: what is above may be chance.
func lowest(all []gauges) gauges {
	low := all[0]
	for _, g := range all {
		low.heap, low.threads = min(low.heap, g.heap), min(low.threads, g.threads)
	}
	return low
}
