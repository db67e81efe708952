package future_test

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/future"
)

// What a bubble cannot bear ends the process, so it is done in a process of its own.

// inChild runs body in a process of its own, where it may end the process, and
// returns what it printed.
func inChild(t *testing.T, body func()) (string, error) {
	t.Helper()
	const variable = "FUTURE_TEST_CHILD"
	if os.Getenv(variable) == t.Name() {
		body()
		os.Exit(0)
	}
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no processes")
	}
	ctx, cancel := context.WithTimeout(t.Context(), safetyNet)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), variable+"="+t.Name())
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("the child hangs:\n%s", out)
	}
	return string(out), err
}

// A future that is awaited while it is pending belongs to the bubble of its first waiter.
// To settle it from outside is the mistake that synctest reports. So are its relatives:
// they are what doc.go warns of.
func TestWhatABubbleCannotBearEndsTheProcess(t *testing.T) {
	for name, mistake := range map[string]struct {
		outside func(begun <-chan struct{}) any
		inside  func(made any) *future.Future[int]
	}{
		"a future settled outside that was first awaited inside": {
			outside: func(begun <-chan struct{}) any {
				f := future.New[int]()
				go func() { <-begun; _ = f.SetResult(1) }()
				return f
			},
			inside: func(made any) *future.Future[int] { return made.(*future.Future[int]) },
		},
		"a task started outside that was first awaited inside": {
			outside: func(begun <-chan struct{}) any {
				return future.Go(context.Background(), func(context.Context) (int, error) { <-begun; return 1, nil })
			},
			inside: func(made any) *future.Future[int] { return made.(*future.Future[int]) },
		},
		"a job in a pool whose worker is outside": {
			outside: func(begun <-chan struct{}) any {
				p := future.NewPool(1)
				future.RunInExecutor(context.Background(), p, func(context.Context) (int, error) { <-begun; return 1, nil })
				return p
			},
			inside: func(made any) *future.Future[int] { return give(context.Background(), made.(*future.Pool), 1) },
		},
		"a task whose context is ended outside": {
			outside: func(begun <-chan struct{}) any {
				ctx, cancel := context.WithCancel(context.Background())
				ctx.Done() // made outside, so that it is not this channel
				go func() { <-begun; cancel() }()
				return ctx
			},
			inside: func(made any) *future.Future[int] {
				return future.Then(made.(context.Context), future.New[int](), plusOneTask)
			},
		},
		"a job that a foreign executor has dropped": {
			outside: func(begun <-chan struct{}) any {
				go func() {
					<-begun
					for {
						runtime.GC()
					}
				}()
				return nil
			},
			inside: func(any) *future.Future[int] {
				return give(context.Background(), future.ExecutorFunc(func(func()) error { return nil }), 1)
			},
		},
	} {
		for wait, begin := range map[string]func(f *future.Future[int]){
			"Ready": func(f *future.Future[int]) { f.Ready() },
			"Await": func(f *future.Future[int]) {
				go func() { _, _ = f.Await(context.Background()) }()
				synctestYield()
			},
		} {
			t.Run(name+", by "+wait, func(t *testing.T) {
				out, err := inChild(t, func() {
					begun := make(chan struct{})
					made := mistake.outside(begun)
					never := make(chan struct{}) // of outside, so that the bubble is never idle
					synctest.Test(t, func(*testing.T) {
						begin(mistake.inside(made))
						close(begun)
						<-never
					})
				})
				if err == nil || !strings.Contains(out, "fatal error: ") || !strings.Contains(out, "synctest") {
					t.Errorf("the child ended with %v, want a fatal error of synctest:\n%s", err, out)
				}
			})
		}
	}
}

// The workers that stay are goroutines of the bubble, and have to end in it.
func TestABubbleDoesNotEndBeforeAPoolWithWorkersThatStay(t *testing.T) {
	out, err := inChild(t, func() {
		synctest.Test(t, func(t *testing.T) {
			mustGive(t, give(t.Context(), future.NewPool(1, future.WithThreadLock()), 1), 1)
		})
	})
	if err == nil || !strings.Contains(out, "deadlock: main bubble goroutine has exited but blocked goroutines remain") {
		t.Errorf("the child ended with %v, want the deadlock that synctest reports:\n%s", err, out)
	}
}
