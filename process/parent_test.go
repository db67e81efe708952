//go:build unix

package process_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/future/process"
)

func TestWorkersEndWhenTheirParentIsKilled(t *testing.T) {
	for _, mode := range append([]string{"mute"}, stubborn...) {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			withinBestOf3(t, time.Second, func() time.Duration {
				b := newBeacon(t)
				parent := exec.Command(os.Args[0])
				parent.Env = append(os.Environ(), envParent+"="+b.path, envMode+"="+mode)
				if err := parent.Start(); err != nil {
					t.Fatal(err)
				}
				s := b.wait(t)
				if mode == "stopped" {
					untilStopped(t, s.pid) // it says so a moment before it is
				}
				if err := parent.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				killed := time.Now()
				_ = parent.Wait()
				s.gone(t)
				return time.Since(killed)
			})
		})
	}
}

func TestAWorkerMayHaveWorkersWhichEndWithIt(t *testing.T) {
	t.Run("value", func(t *testing.T) {
		b := newBeacon(t)
		f := nested.Submit(t.Context(), newPool(t, 1), holder{b.path, "wait"})
		s := b.wait(t)
		s.goOn(t)
		if v := await(t, f); v != "done" {
			t.Errorf("the call returns %q", v)
		}
		s.gone(t)
	})
	for _, mode := range stubborn {
		t.Run(mode, func(t *testing.T) {
			b := newBeacon(t)
			f := nested.Submit(t.Context(), newPool(t, 1, process.WithGrace(0)), holder{b.path, mode})
			s := b.wait(t)
			if mode == "stopped" {
				untilStopped(t, s.pid)
			}
			f.Cancel(errStop)
			awaitDeath(t, f)
			s.gone(t)
		})
	}
}

// untilStopped waits until SIGSTOP has stopped the process.
func untilStopped(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if strings.HasPrefix(processState(t, pid), "T") {
			return
		}
	}
	t.Fatalf("process %d has not stopped", pid)
}

// processState returns the state of a process, which begins with a letter.
func processState(t *testing.T, pid int) string {
	t.Helper()
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && runtime.GOOS == "linux" {
		_, state, _ := strings.Cut(string(stat), ") ") // behind the name of the program
		return state
	}
	state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	return string(state)
}
