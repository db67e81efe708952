package rows

import (
	"context"
	"runtime"
	"runtime/metrics"
	"sync"

	"example.com/future"
	"example.com/future/benchmarks/internal/measure"
	"github.com/alitto/pond/v2"
	failsafego "github.com/failsafe-go/failsafe-go"
	samber "github.com/samber/mo"
)

// What most of the others leave out.
const (
	noCtx        = "the wait takes no context"
	panicsCrash  = "a panic ends the process"
	handLess     = "one reader, no error, no context; " + panicsCrash
	carriedOut   = "resolve must be carried out of its function"
	needsRunning = "gets a result only from the function it runs"
)

// What a row says of those that cannot do it.
const (
	noLook  = "No future of the other packages measured here can be looked at without a wait, but for those of failsafe-go and pond."
	noChain = "Of the other packages measured here only samber/mo has chains."
)

// moCarrier returns a function that makes a future of mo and the resolve of it, which
// settles it from anywhere. A future keeps its function, so all have the same one, and
// are to be made one after the other.
func moCarrier() func() (f *samber.Future[int], resolve func(int)) {
	out := make(chan func(int), 1)
	carry := func(resolve func(int), _ func(error)) { out <- resolve }
	return func() (*samber.Future[int], func(int)) {
		f := samber.NewFuture(carry)
		return f, <-out
	}
}

func settle() Goaled {
	return Goaled{measure.Row{
		Name: "settle", Work: "`New`, `SetResult`, `Result`", Unit: "future",
		Note: "Of the other packages measured here only samber/mo has futures that are settled by hand; those of failsafe-go and pond get their result from a function.",
		Sides: []measure.Side{
			ours("New, SetResult, Result", func(t *measure.Turn) error {
				for range t.N {
					f := future.New[int]()
					_ = f.SetResult(42)
					if v, err := f.Result(); v != 42 || err != nil {
						return errWrong
					}
				}
				return nil
			}),
			hand("make(chan int, 1), send, receive", "one reader, no error; a second send blocks", func(t *measure.Turn) error {
				for range t.N {
					c := make(chan int, 1)
					c <- 42
					if v := <-c; v != 42 {
						return errWrong
					}
				}
				return nil
			}),
			peer(mo, "NewFuture, resolve, Collect", carriedOut+"; a second resolve goes unnoticed", func(t *measure.Turn) error {
				pending := moCarrier()
				t.Restart()
				for range t.N {
					f, resolve := pending()
					resolve(42)
					if v, err := f.Collect(); v != 42 || err != nil {
						return errWrong
					}
				}
				return nil
			}),
		},
	}, []Goal{ratioAtMost(0.65), allocsAtMost(1, ""), atMost(64, 0.5, measure.Bytes, " bytes")}}
}

// A cell is a future by hand: whoever closes done has set the result before.
type cell struct {
	done chan struct{}
	result
}

func doneCell() *cell {
	c := &cell{done: make(chan struct{}), result: result{v: 42}}
	close(c.done)
	return c
}

func doneAwait() Goaled {
	return Goaled{measure.Row{
		Name: "done-await", Work: "`Await` on a done future", Unit: "call",
		Sides: []measure.Side{
			ours("Await", func(t *measure.Turn) error {
				ctx := context.Background()
				f := future.FromResult(42)
				t.Restart()
				for range t.N {
					if v, err := f.Await(ctx); v != 42 || err != nil {
						return errWrong
					}
				}
				return nil
			}),
			hand("select of a closed channel and ctx.Done()", "a dead context may win over the result", func(t *measure.Turn) error {
				ctx := context.Background()
				c := doneCell()
				t.Restart()
				for range t.N {
					select {
					case <-c.done:
						if c.v != 42 || c.err != nil {
							return errWrong
						}
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				return nil
			}),
			peer(mo, "Collect", noCtx, func(t *measure.Turn) error {
				f := samber.NewFuture(func(resolve func(int), _ func(error)) { resolve(42) })
				_, _ = f.Collect()
				t.Restart()
				for range t.N {
					if v, err := f.Collect(); v != 42 || err != nil {
						return errWrong
					}
				}
				return nil
			}),
			peer(failsafe, "ExecutionResult.Get", noCtx, func(t *measure.Turn) error {
				f := doneFailsafe()
				t.Restart()
				for range t.N {
					if v, err := f.Get(); v != 42 || err != nil {
						return errWrong
					}
				}
				return nil
			}),
			peer(pondName, "ResultTask.Wait", noCtx, func(t *measure.Turn) error {
				f, stop := donePond()
				defer stop()
				defer t.Finish()
				t.Restart()
				for range t.N {
					if v, err := f.Wait(); v != 42 || err != nil {
						return errWrong
					}
				}
				return nil
			}),
		},
	}, []Goal{nanosecondsAtMost(5), allocsAtMost(0, "")}}
}

// doneFailsafe returns a result of failsafe-go that is there.
func doneFailsafe() failsafego.ExecutionResult[int] {
	f := failsafego.With[int]().GetAsync(plain)
	_, _ = f.Get()
	return f
}

// donePond returns a task of pond that is done, and what ends its pool.
func donePond() (f pond.ResultTask[int], stop func()) {
	p := pond.NewResultPool[int](1)
	f = p.SubmitErr(plain)
	_, _ = f.Wait()
	return f, p.StopAndWait
}

func doneResult() Goaled {
	return Goaled{measure.Row{
		Name: "done-result", Work: "`Result` of a done future", Unit: "call",
		Note: noLook,
		Sides: []measure.Side{
			ours("Result", func(t *measure.Turn) error {
				f := future.FromResult(42)
				t.Restart()
				for range t.N {
					if v, err := f.Result(); v != 42 || err != nil {
						return errWrong
					}
				}
				return nil
			}),
			hand("select of a closed channel, with a default", "", func(t *measure.Turn) error {
				c := doneCell()
				t.Restart()
				for range t.N {
					select {
					case <-c.done:
						if c.v != 42 || c.err != nil {
							return errWrong
						}
					default:
						return errWrong
					}
				}
				return nil
			}),
			peer(failsafe, "ExecutionResult.IsDone, Get", "two calls", func(t *measure.Turn) error {
				f := doneFailsafe()
				t.Restart()
				for range t.N {
					if !f.IsDone() {
						return errWrong
					}
					if v, err := f.Get(); v != 42 || err != nil {
						return errWrong
					}
				}
				return nil
			}),
			peer(pondName, "select of ResultTask.Done, with a default; Wait", "two calls", func(t *measure.Turn) error {
				f, stop := donePond()
				defer stop()
				defer t.Finish()
				t.Restart()
				for range t.N {
					select {
					case <-f.Done():
						if v, err := f.Wait(); v != 42 || err != nil {
							return errWrong
						}
					default:
						return errWrong
					}
				}
				return nil
			}),
		},
	}, []Goal{nanosecondsAtMost(5), allocsAtMost(0, "")}}
}

func doneDone() Goaled {
	return Goaled{measure.Row{
		Name: "done-done", Work: "`Done` of a done future", Unit: "call",
		Note: noLook,
		Sides: []measure.Side{
			ours("Done", func(t *measure.Turn) error {
				f := future.FromResult(42)
				t.Restart()
				for range t.N {
					if !f.Done() {
						return errWrong
					}
				}
				return nil
			}),
			hand("select of a closed channel, with a default", "", func(t *measure.Turn) error {
				c := doneCell()
				t.Restart()
				for range t.N {
					select {
					case <-c.done:
					default:
						return errWrong
					}
				}
				return nil
			}),
			peer(failsafe, "ExecutionResult.IsDone", "", func(t *measure.Turn) error {
				f := doneFailsafe()
				t.Restart()
				for range t.N {
					if !f.IsDone() {
						return errWrong
					}
				}
				return nil
			}),
			peer(pondName, "select of ResultTask.Done, with a default", "", func(t *measure.Turn) error {
				f, stop := donePond()
				defer stop()
				defer t.Finish()
				t.Restart()
				for range t.N {
					select {
					case <-f.Done():
					default:
						return errWrong
					}
				}
				return nil
			}),
		},
	}, []Goal{nanosecondsAtMost(5), allocsAtMost(0, "")}}
}

func callback() Goaled {
	return Goaled{measure.Row{
		Name: "callback", Work: "`AddDoneCallback` and `stop`", Unit: "pair",
		Note: "No other package measured here can take a callback back.",
		Sides: []measure.Side{
			ours("AddDoneCallback, stop", func(t *measure.Turn) error {
				f := future.New[int]()
				called := func(*future.Future[int]) {}
				t.Restart()
				for range t.N {
					if !f.AddDoneCallback(called)() {
						return errWrong
					}
				}
				return nil
			}),
			hand("context.AfterFunc, stop", "tells the end of a context, which has no result; no order", func(t *measure.Turn) error {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				called := func() {}
				t.Restart()
				for range t.N {
					if !context.AfterFunc(ctx, called)() {
						return errWrong
					}
				}
				return nil
			}),
		},
	}, []Goal{allocsAtMost(2, "")}}
}

// mapChain settles the first future of a chain, each of which adds one.
func mapChain(steps int) Goaled {
	return Goaled{measure.Row{
		Name: "map-chain", Work: "`Map` chain of " + units(steps) + " steps", Unit: "step", Size: steps,
		Note: noChain,
		Sides: []measure.Side{
			ours("Map, SetResult, Result", each(func(steps int) error {
				first := future.New[int]()
				last := first
				for range steps {
					last = future.Map(last, increment)
				}
				_ = first.SetResult(0)
				if v, err := last.Result(); v != steps || err != nil {
					return errWrong
				}
				return nil
			})),
			hand("a buffered channel for the value and one for the error of each step", "one reader; "+panicsCrash, each(func(steps int) error {
				cs := make([]chan int, steps+1)
				errs := make([]chan error, steps+1)
				for i := range cs {
					cs[i], errs[i] = make(chan int, 1), make(chan error, 1)
				}
				cs[0] <- 0
				errs[0] <- nil
				for i := range steps {
					v, err := <-cs[i], <-errs[i]
					if err == nil {
						v, err = increment(v)
					}
					cs[i+1] <- v
					errs[i+1] <- err
				}
				if v, err := <-cs[steps], <-errs[steps]; v != steps || err != nil {
					return errWrong
				}
				return nil
			})),
			// A chain settles by recursion, so it is as long as a stack may be.
			most(100_000, peer(mo, "Then, resolve, Collect", "same type; one step a future; recursion; "+carriedOut+"; "+panicsCrash, each(func(steps int) error {
				first, resolve := moCarrier()()
				last := first
				for range steps {
					last = last.Then(increment)
				}
				resolve(0)
				if v, err := last.Collect(); v != steps || err != nil {
					return errWrong
				}
				return nil
			}))),
		},
	}, []Goal{ratioAtMost(1), allocsAtMost(1, " a step")}}
}

func increment(v int) (int, error) { return v + 1, nil }

// Stack is a growth of all stacks, by step.
const Stack = "stack-B/op"

// chainStack looks at the stacks from within the last step of a long chain.
func chainStack() Goaled {
	return Goaled{measure.Row{
		Name: "chain-stack", Work: "`Map` chain of 1,000,000 steps: growth of the stack", Unit: "step", Size: 1_000_000, N: 1,
		Metrics: []string{Stack},
		Note:    noChain,
		Sides: []measure.Side{
			ours("Map", func(t *measure.Turn) error {
				first := future.New[int]()
				last := first
				for range t.Size - 1 {
					last = future.Map(last, increment)
				}
				before, deepest := stacks(), 0.0
				last = future.Map(last, func(v int) (int, error) {
					deepest = stacks()
					return v + 1, nil
				})
				_ = first.SetResult(0)
				t.Report(Stack, max(0, deepest-before)/float64(t.Size))
				if v, err := last.Result(); v != t.Size || err != nil {
					return errWrong
				}
				return nil
			}),
			hand("a loop over channels", "one reader; "+panicsCrash, func(t *measure.Turn) error {
				before, deepest := stacks(), 0.0
				c := make(chan int, 1)
				c <- 0
				for i := range t.Size {
					v := <-c
					if i == t.Size-1 {
						deepest = stacks()
					}
					c = make(chan int, 1)
					c <- v + 1
				}
				t.Report(Stack, max(0, deepest-before)/float64(t.Size))
				if v := <-c; v != t.Size {
					return errWrong
				}
				return nil
			}),
			peer(mo, "Then, with 100,000 steps", "same type; one step a future; recursion; "+carriedOut+"; "+panicsCrash, func(t *measure.Turn) error {
				steps := min(t.Size, 100_000)
				first, resolve := moCarrier()()
				last := first
				for range steps - 1 {
					last = last.Then(increment)
				}
				before, deepest := stacks(), 0.0
				last = last.Then(func(v int) (int, error) {
					deepest = stacks()
					return v + 1, nil
				})
				go resolve(0) // on a stack that no turn before has made large
				v, err := last.Collect()
				t.Report(Stack, max(0, deepest-before)/float64(steps))
				if v != steps || err != nil {
					return errWrong
				}
				return nil
			}),
		},
	}, []Goal{atMost(1, 0, Stack, " bytes a step")}}
}

// stacks returns how many bytes all stacks have.
func stacks() float64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}

// waiters wakes many goroutines that wait for one future.
func waiters(n int) Goaled {
	return Goaled{measure.Row{
		Name: "waiters", Work: units(n) + " waiters on one future", Unit: "waiter", Size: n,
		Note: "From the start of the goroutines to the end of the last.",
		Sides: []measure.Side{
			ours("Await, SetResult", each(func(n int) error {
				ctx := context.Background()
				f := future.New[int]()
				done := crowd(n, func() bool {
					v, err := f.Await(ctx)
					return v == 42 && err == nil
				})
				_ = f.SetResult(42)
				return done()
			})),
			hand("close of a channel", noCtx, each(func(n int) error {
				c := &cell{done: make(chan struct{})}
				done := crowd(n, func() bool {
					<-c.done
					return c.v == 42 && c.err == nil
				})
				c.v = 42
				close(c.done)
				return done()
			})),
			peer(mo, "NewFuture, Collect, resolve", noCtx+"; "+carriedOut, each(func(n int) error {
				f, resolve := moCarrier()()
				done := crowd(n, func() bool {
					v, err := f.Collect()
					return v == 42 && err == nil
				})
				resolve(42)
				return done()
			})),
			peer(failsafe, "GetAsync, Get", noCtx+"; "+needsRunning, each(func(n int) error {
				gate := make(chan struct{})
				f := failsafego.With[int]().GetAsync(func() (int, error) {
					<-gate
					return 42, nil
				})
				done := crowd(n, func() bool {
					v, err := f.Get()
					return v == 42 && err == nil
				})
				close(gate)
				return done()
			})),
			peer(pondName, "SubmitErr, Wait", noCtx+"; "+needsRunning, each(func(n int) error {
				p := pond.NewResultPool[int](1)
				defer p.StopAndWait()
				gate := make(chan struct{})
				f := p.SubmitErr(func() (int, error) {
					<-gate
					return 42, nil
				})
				done := crowd(n, func() bool {
					v, err := f.Wait()
					return v == 42 && err == nil
				})
				close(gate)
				return done()
			})),
		},
	}, []Goal{ratioAtMost(1.1)}}
}

// crowd starts n goroutines that wait, and returns when all of them run. What it
// returns waits for their ends, and complains if one of them was wrong.
func crowd(n int, wait func() (right bool)) (done func() error) {
	var ready, ended sync.WaitGroup
	var wrong sync.Once
	var err error
	ready.Add(n)
	for range n {
		ended.Go(func() {
			ready.Done()
			if !wait() {
				wrong.Do(func() { err = errWrong })
			}
		})
	}
	ready.Wait()
	runtime.Gosched()
	return func() error {
		ended.Wait()
		return err
	}
}
