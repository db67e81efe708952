// Package process runs registered functions in other processes: calls that can
// be killed, and that cannot take the program with them when they crash.
//
// In Go nothing stops a goroutine that does not want to stop. A parser that loops
// for ever on a bad input, a C library that hangs, a call that eats all memory:
// the only thing that ends them is the end of their process. A [Pool] gives them
// one. It is a [future.Invoker], so a function that was registered with
// [future.Register] moves there by a change of executor:
//
//	var parse = future.Register("parse.v1", parseFile)
//
//	func main() {
//		process.Main() // first: a worker serves calls here and does not return
//		pool, err := process.NewPool(4)
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer pool.Close()
//
//		ctx := context.Background()
//		f := parse.Submit(ctx, pool, "input.pdf")
//		text, err := future.WaitFor(ctx, f, 5*time.Second)
//		fmt.Println(text, err)
//	}
//
// # Workers
//
// A worker is this same binary, started again: on Linux the very file that runs,
// even if another one has taken its name since. Call [Main] as the first statement
// of main, and of TestMain where tests use a pool; in a worker it does not return.
// What runs before it, package variables and init functions, runs in every worker
// too. Workers get the environment and the working directory of the moment they
// start, no arguments and an empty standard input. What they print goes where
// [WithOutput] says; frames travel on pipes of their own, so that printing does
// not disturb them.
//
// Workers start when there are calls for them, one more than there are calls so
// that the next one finds it warm, and never more than the pool was made for. They
// are used again, go when they have been idle for a while, and leave when the pool
// shuts down. A pool that has nothing to do has neither processes nor goroutines.
// A worker runs one call at a time. Waiting calls get a worker in the order in
// which they came.
//
// When a worker ends, in whatever way, the rest of its process group is killed:
// the children that a function started and did not wait for. A child that shall
// outlive its worker needs a group of its own, and has to send its output elsewhere:
// its output is no longer read, and a child that writes is ended by SIGPIPE. On Windows
// a job object does this work.
//
// When the parent ends, in whatever way, its workers end within moments, also
// while user code spins.
//
// # Cancellation
//
// The function's context ends when the context of the call does, with a cause that
// matches the same registered errors (see [future.RegisterError]). It has the same
// deadline, by which the worker's own clock ends it: then its cause may be
// [context.DeadlineExceeded] where the caller's is another, of
// [context.WithDeadlineCause]. It carries no other values. A function that still runs
// when the grace is over, see [WithGrace], is killed with its worker, whatever it is
// doing, and the worker is replaced. The future is done when the function has returned or
// its process is gone, so a scope that ends leaves nothing running. It is cancelled,
// and if the worker was killed its error matches [*WorkerDiedError] as well. A
// result that arrives in spite of the cancellation is kept.
//
// # Errors
//
// What the function returns arrives as a [*future.RemoteError]. A panic in it does
// too, with its stack, and the worker lives on. A worker that crashes, exits or is
// killed fails the one call that it ran with a [*WorkerDiedError] and is replaced.
// Only a pool whose workers fail several times in a row before their first call is
// broken: its calls fail with [ErrBroken].
//
// # Platforms
//
// Linux, macOS, the BSDs, Solaris and Windows. Elsewhere, on js/wasm among others,
// [NewPool] returns an error that matches [errors.ErrUnsupported].
package process
