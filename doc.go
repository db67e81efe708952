// Package future brings asyncio's futures to Go: a typed placeholder for a result that does not
// exist yet, tasks that fill it, combinators that join many of them, and executors that carry old
// blocking calls. The event loop is the Go scheduler, a coroutine is a goroutine, and
// cancellation is [context].
//
// A complete program:
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"time"
//
//		"example.com/future"
//	)
//
//	func greet(ctx context.Context, name string) (string, error) {
//		err := future.Sleep(ctx, 10*time.Millisecond) // real work, such as a request
//		return "hello, " + name, err
//	}
//
//	func main() {
//		greetings, err := future.Run(context.Background(), func(ctx context.Context) ([]string, error) {
//			alice := future.Go(ctx, func(ctx context.Context) (string, error) { return greet(ctx, "Alice") })
//			bob := future.Go(ctx, func(ctx context.Context) (string, error) { return greet(ctx, "Bob") })
//			return future.Gather(alice, bob).Await(ctx) // both wait at the same time
//		})
//		fmt.Println(greetings, err)
//		// Output: [hello, Alice hello, Bob] <nil>
//	}
//
// A [Future] is pending until it is done, once and for ever: succeeded with a value, failed with
// an error, or cancelled. One made by [New] is settled by whoever holds it. A task, the future
// that [Go] returns, is settled by its function, and the result of a combinator such as [Gather]
// by the combinator: those are owned, and refuse to be set.
//
// # Choosing
//
// Where futures come from:
//
//	you have                                    use
//	a function that takes a context             Go(ctx, fn)
//	a function with no value but an error       Future[struct{}]: return struct{}{}, err
//	an old function that blocks                 Wrap(ex, fn), RunInExecutor(ctx, ex, fn)
//	a library that calls back                   New, SetOutcome
//	a value or an error already                 FromResult, FromException
//	a next step: quick and pure                 Map; Flatten if it returns a future
//	a next step: with work of its own           Then; Catch for failures
//	a delay                                     Sleep; After for a future of it
//	a long or endless list of inputs            Stream
//	a call that must be killable                Register, Func.Submit and package process
//
// What to do with many:
//
//	                 it is done when                 a failed input            to cancel it cancels
//	Gather           all succeeded, or one failed    fails it, others go on    the inputs
//	GatherSettled    all are done                    is one outcome of many    the inputs
//	Race             the first is done               fails it, if first        the inputs
//	Any              the first has succeeded         counts if all fail        the inputs
//	Await2 … Await5  as Gather, for mixed types      ends the wait             –
//	Wait             as many are done as you say     is among those done       –
//	AsCompleted      one by one                      is an outcome             –
//	TaskGroup        its body and tasks have ended   cancels the siblings      the tasks
//
// To bound the time, [WaitFor] cancels the future when the time is up, [Timeout] lets it go on,
// and [Shield] keeps others from cancelling it. To bound the number, use a [TaskGroup]
// [WithLimit] for functions that take a context, a [Pool] for calls that block.
//
// # Scopes
//
// A task belongs to the scope that its context carries: the nearest [Run] or [TaskGroup]. A scope
// does not end before its tasks have, so no task that was started in it is left behind. Run is
// for a program or a request: when its main function returns it cancels what is left, and waits.
// TaskGroup is for work that belongs together: it waits for all tasks, and the first failure
// cancels the others. [Detach] leaves a scope. A task without a scope is on its own: nobody waits
// for it unless you do.
//
// # Cancellation
//
// A wait belongs to the caller who waits. [Future.Await] ends with its context; neither the future
// nor its other waiters notice. Its error then matches ctx.Err() and [context.Cause], and never
// [ErrCancelled]. If the outcome is there it wins, even over a context that has ended.
//
// The work belongs to the future. [Future.Cancel] asks a task to stop: it cancels the task's
// context with a cause. The function sees that when it looks, and the task is done when it has
// returned; a function that was not entered yet never is. What it returns decides: a value is kept,
// an error that says "my context has ended" makes the task cancelled, any other error makes it
// fail. Waiters of a cancelled future get a [*CancelledError], which matches ErrCancelled,
// [context.Canceled] and the cause.
//
// The context of a task ends when the one given to Go does, so cancelling a parent cancels the
// work below it. It also ends when the function of the task returns: what the function has
// started with its own context and not awaited is cancelled then. To start work that goes on, use
// the context of the group or of the Run, or [Detach].
//
// A cancellation is a request. Go cannot stop a function that does not look at its context; what
// can be done about that is in the sections on executors and on calls that leave the process.
//
// # Errors
//
// The error of a failed future comes back as it was given, unwrapped and the same each time. The
// errors that this package makes begin with "future: " in their text and are found by
// [errors.Is], [errors.As] and [errors.AsType]. What depends on data is an error. A mistake in
// the program, such as a nil function, context or future, or a pool of no workers, panics where
// it is made.
//
// A failure that nobody looks at does not vanish: it is reported when its scope ends or, outside
// of every scope, when the garbage collector finds the future. See [SetExceptionHandler] and
// [WithExceptionHandler].
//
// # Panics and Goexit
//
// A panic in a task, in a job or in the function of a Map fails the future with a
// [*PanicError]: the value, and the stack of the goroutine where it happened. If the value
// is an error, errors.Is finds it. [runtime.Goexit], which is what t.FailNow calls, fails it with
// [ErrGoexit]. A future is never left pending by either.
//
// Package errgroup does not do this, and has good reasons: a panic that is carried to another
// goroutine is late, and hides its stack from crash reports. A future has an owner who is told of
// every other failure, too. So the panic is kept with its stack, cancels the siblings at once,
// and is reported if nobody looks. To have the program crash instead, panic again where the error
// is received. The body of Run or TaskGroup runs on the caller's goroutine: its panic goes on as
// it is, after the tasks have ended.
//
// # Callbacks
//
// [Future.AddDoneCallback] calls a function after the future is done, even if it is done already.
// The callbacks of one future run in the order in which they were added, one at a time, on a
// goroutine that is neither the setter's nor the one that added them, and under no lock. Whoever
// settles a future may hold any lock. All waiters are released before the first callback starts.
// The stop function it returns removes the callback and lets go of what it refers to.
//
// The functions of [Map] are different: they run where the future is settled, at once and without
// a goroutine, so they should be quick and take no lock that a setter may hold. Chains of any
// length settle in a loop, not by recursion. For select statements there is the channel of
// [Future.Ready].
//
// # Executors
//
// An [Executor] carries calls that block. Which one for what:
//
//	none: use Go                    what takes a context: network, timers, channels
//	nil: the default                blocking calls now and then: files, name look-ups
//	NewPool(n)                      what there is n of: connections, licences, cores
//	NewPool(1)                      serial: code that is not safe for concurrent use
//	NewPool(n, WithThreadLock())    C libraries with thread-local state, GUI and GL calls
//	ExecutorFunc(submit)            a pool that the program has already
//	process.NewPool(n)              what may hang, crash or eat all memory
//
// An old function needs no change for that:
//
//	readFile := future.Wrap(nil, os.ReadFile)
//
// How many workers? A goroutine that waits for the network, a timer or a channel costs a few
// kilobytes and no thread: millions are fine, and need no pool. A goroutine inside a blocked
// system call or a C function holds an OS thread, and Go ends a process that comes to 10,000 of
// them. So calls that block must be bounded. The default executor, one for each Run and one
// for calls outside of every Run, carries 256 at a time. For a client, choose as many workers as
// the other side has connections for; for computations, no more than [runtime.GOMAXPROCS]. Pools
// start workers on demand and let them go when there is nothing to do; an idle pool has no
// goroutine, and needs [Pool.Close] only to wait for its jobs. Thread-locked workers stay until
// then, others for as long as [WithIdleTimeout] says.
//
// What does cancelling mean for a call that runs? Its context ends, and its future is cancelled
// at once, since old code may never look: the caller goes on. The call goes on too. Its worker
// stays busy until it returns, and what it returns is dropped. A job in the queue is taken out
// and never runs. A pool of n workers is therefore used up by n calls that hang; give those that
// may hang a pool of their own, or a process.
//
// How long a queue? It is unbounded unless there is a [WithQueue]. Its length, times the time of
// a call, divided by the workers, is how long the last in it waits. A server wants a short queue
// and [Reject], so that it says no while the client still listens. A producer wants [Block],
// which slows it down, or [CallerRuns]. Where only the latest counts there is [DropOldest].
//
// A job that awaits a future with its own context lends its worker meanwhile, so that jobs can
// wait for jobs of the same full pool. On a serial executor this means that other jobs run during
// an Await and at no other time, as coroutines do in asyncio, unless the context of the Await
// ends: then the job goes on at once, beside the one that runs. With CallerRuns, callers run jobs
// beside the worker as well. A thread-locked pool has no other thread to lend: where every worker
// waits for a job behind it, the last wait ends with [ErrDeadlock].
//
// [ExecutorFunc] makes an executor of another pool's submit function. If that pool refuses with
// an error, the future fails with it. If it throws the job away without a word, the future fails
// with [ErrRejected] as soon as the garbage collector proves that nobody can run the job any
// more. If it keeps the job and never runs it, nothing can be proved: the future stays pending,
// until it is cancelled or its scope is. An executor that is written for this package calls
// [Job].Drop. Package futuretest checks executors.
//
// # Calls that leave the process
//
// A closure cannot leave its process; a function that was registered under a name can. It is
// declared once and runs here, in a pool, or elsewhere: the executor decides.
//
//	var area = future.Register("area.v1", func(_ context.Context, r rectangle) (int, error) {
//		return r.Width * r.Height, nil
//	})
//
// [Func.Call] calls it at once. [Func.Submit] hands it to an executor of this process, or sends
// it with its encoded argument where that is an [Invoker], such as the pool of package process:
//
//	result := area.Submit(ctx, executor, rectangle{Width: 6, Height: 7})
//
// The program begins with process.Main. There a call can be stopped: cancelling it ends the
// context of the function and, if that does not help, its process after a grace period. A crash
// fails one future, and the program lives on. Errors come back as a [*RemoteError]; the errors of this
// package, some of the standard library and those given to [RegisterError] are still found by
// errors.Is. The argument and the result travel as JSON unless there is a [WithCodec].
//
// A worker is this same binary, started again, so whatever is to be called there is registered at
// package level. The function's context has the deadline, the cause and the id ([CallID]) of the
// call, and no other values. When the deadline comes its cause may be [context.DeadlineExceeded],
// whatever cause the caller gave to it. The future of such a call is done when the function has
// returned or its process is gone: a scope that ends leaves nothing running elsewhere. If the
// process crashed or had to be killed, the error matches *process.WorkerDiedError, which has the
// exit code or the signal and the end of what the worker printed. An executor for other machines
// is an [Invoker] of two methods; its far side is [Call.Serve] and [NewRemoteError].
//
// # Memory model
//
// In the terminology of [the Go memory model], settling a future “synchronizes before” every
// [Future.Await], [Future.Result], receive from [Future.Ready] and callback that observes it.
// Calling Go synchronizes before the start of its function, and the return of that function
// before the settling of its future. All waiters get the same value: anyone who
// modifies it must synchronize with the others.
//
// # Testing
//
// Everything here works inside a bubble of [testing/synctest], where an hour takes no time. No
// goroutine, timer or open channel belongs to the package as a whole.
//
//	func TestTheDeadlineOfASlowTaskIsExact(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			start := time.Now()
//			slow := future.Go(t.Context(), func(ctx context.Context) (int, error) {
//				return 0, future.Sleep(ctx, time.Hour)
//			})
//			_, err := future.WaitFor(t.Context(), slow, time.Minute)
//			if !errors.Is(err, future.ErrTimeout) || time.Since(start) != time.Minute {
//				t.Errorf("WaitFor returned %v after %v", err, time.Since(start))
//			}
//		})
//	}
//
// Some rules:
//
//   - A future that is awaited while it is pending belongs to the bubble of its first waiter, and
//     must be settled there. One that is done may go anywhere.
//   - Pass the context of the bubble's t. A wait under a context from outside can be ended from
//     outside, so time stands still meanwhile.
//   - Make pools in the bubble that uses them. The default executor outside of a Run is shared by
//     the process: in bubbles it is safe while there are no more than its 256 jobs at a time.
//     Beyond that use Run, which has one of its own.
//   - It is the garbage collector, outside of every bubble, that finds out that a foreign executor
//     has thrown a job away. In a bubble no waiter may rely on that.
//
// # Performance
//
// A future of an int takes 64 bytes and one allocation. Settling it while nobody waits, and reading
// it once it is done (Await, Result, Done), allocates nothing. Go takes two allocations, for the
// task and its goroutine, three in a scope. The context of a task costs nothing until something
// asks for its Done channel: only then is it attached to its parent. All waiters of a future share
// one channel; waiting for a task under a context that cannot end needs none. A step of Map takes
// one allocation and no goroutine, a callback and its stop function two, a job in a pool a few. A
// combinator takes a constant number, however many inputs it has, and leaves nothing registered
// with the losers. A task is worth its goroutine when it waits for something. For a
// million short computations use a loop, or give each task many of them.
//
// # From asyncio
//
//	asyncio                           future
//	asyncio.Future()                  New[T](), or the zero Future[T]
//	f.set_result, f.set_exception     f.SetResult, f.SetException; f.SetOutcome
//	f.result, exception, done, …      f.Result, f.Exception, f.Done, f.Cancelled, f.State
//	f.cancel(msg)                     f.Cancel(cause)
//	f.add_done_callback, remove_…     f.AddDoneCallback, the function that it returns
//	await f                           f.Await(ctx)
//	create_task(coro, name=…)         Go(ctx, fn, WithName(…))
//	current_task(), all_tasks()       CurrentTask(ctx), AllTasks(ctx)
//	gather(*fs), …exceptions=True     Gather(fs...), Await2 … Await5, GatherSettled(fs...)
//	wait(fs, return_when=…)           Wait(ctx, when, fs...)
//	as_completed(fs)                  AsCompleted(ctx, fs...)
//	wait_for(f, seconds)              WaitFor(ctx, f, d)
//	async with timeout(seconds)       context.WithTimeout; Timeout(f, d) for one future
//	shield(f)                         Shield(f)
//	TaskGroup(), ExceptionGroup       TaskGroup(ctx, func(g *Group) error { … }), *GroupError
//	run(main())                       Run(ctx, main)
//	sleep(seconds), loop.call_later   Sleep(ctx, d), After(d, v)
//	to_thread(fn, x)                  Wrap(nil, fn)(ctx, x)
//	loop.run_in_executor(ex, fn)      RunInExecutor(ctx, ex, fn)
//	ThreadPoolExecutor, its map       NewPool, Stream; package process for processes
//	loop.set_exception_handler        SetExceptionHandler, WithExceptionHandler
//	CancelledError, TimeoutError, …   ErrCancelled, ErrTimeout, ErrInvalidState
//	contextvars; Lock, Event, Queue   the values of a context; sync, channels
//
// Where Go's way differs, and why:
//
//   - A future may be used from any goroutine: Go programs have many threads and no loop. So
//     tasks really run at the same time, and what they share needs a lock or a [NewPool](1).
//   - Every wait takes a context. In asyncio, cancelling a task cancels what it awaits; here it
//     ends the wait alone, for others may wait too. [WaitFor] is the wait that owns its future.
//   - A task's context ends when its function returns. In asyncio a task that was started in a task
//     goes on by itself; here it is cancelled unless it was awaited or started with the context of
//     the group or of the Run.
//   - A task cannot be interrupted at an await: its function looks at its context, or calls what
//     does. A function that ignores it runs to its end, and its value is kept.
//   - WaitFor returns when the time is up and does not wait for the cancelled task. A Go function
//     may ignore its context, and a timeout that waits for it is none. The scope still waits.
//   - Tasks are found through contexts, since goroutines have no identity: AllTasks is about one
//     scope, CurrentTask needs its ctx. There is no global set of tasks, and none is needed to
//     keep a task alive: it runs to its end even if nobody refers to it.
//   - Errors are values: SetResult on a done future returns [ErrInvalidState], and TaskGroup
//     returns a [*GroupError] for one failure as for many. It also takes a limit.
//
// [the Go memory model]: https://go.dev/ref/mem
package future
