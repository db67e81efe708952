package future

import (
	"context"
	"iter"
)

// Stream calls fn for the values of in, several at a time, in ex as [RunInExecutor]
// does, and returns an iterator over the results in the order of in. The error of a
// call comes in its place, and the iteration goes on; the consumer may break.
//
// Stream reads in no further ahead of the consumer than a window: twice the workers of
// a [Pool], 64 for the default executor and for others. It fills the window before it
// waits for a result, and needs no more memory for a longer input. The iteration blocks
// until the next result is there; if ctx ends first, the last pair is an error as that
// of [Future.Await]. When the consumer breaks, when ctx has ended, and when in panics,
// Stream stops reading in, cancels the calls that it has started with the context they
// got, and waits for those that run. A call that ex rejects is an error in its place: a
// pool for Stream should [Block].
//
// The calls are no tasks of the scope of ctx: the consumer sees their errors, and
// Stream waits for them. The iterator can be ranged over as often as in can, by one
// goroutine at a time. A nil ctx, in or fn panics. It is the map of Python's executors with a
// bounded buffersize.
func Stream[In, Out any](ctx context.Context, ex Executor, in iter.Seq[In], fn func(context.Context, In) (Out, error)) iter.Seq2[Out, error] {
	need(ctx != nil, "Stream", nilContext)
	need(in != nil, "Stream", "nil input; pass an iterator")
	need(fn != nil, "Stream", nilFunction)
	window := defaultWindow
	if ex == nil {
		ex = scopeOf(ctx).defaultExecutor()
	} else if p, ok := ex.(*Pool); ok {
		window = p.window()
	}
	return func(yield func(Out, error) bool) {
		calls, cancel := context.WithCancel(unscoped{ctx})
		started := make([]*Future[Out], 0, min(window, defaultWindow))
		defer func() {
			cancel()
			for _, f := range started {
				settleCall(ctx, f)
			}
		}()
		next, stop := iter.Pull(in)
		defer stop()
		more := true
		for {
			for more && len(started) < window && ctx.Err() == nil {
				var v In
				if v, more = next(); more {
					started = append(started, RunInExecutor(calls, ex, func(ctx context.Context) (Out, error) {
						return fn(ctx, v)
					}))
				}
			}
			if len(started) == 0 {
				if ctx.Err() != nil && more {
					var zero Out
					yield(zero, newContextError(ctx))
				}
				return
			}
			v, err := started[0].Await(ctx)
			if ctx.Err() != nil && err != nil && started[0].state() != Failed {
				yield(v, newContextError(ctx))
				return
			}
			if err != nil && !started[0].Done() {
				settleCall(ctx, started[0]) // ErrDeadlock: the call has not started
			}
			started[0] = nil
			started = started[1:]
			if !yield(v, err) {
				return
			}
		}
	}
}

const defaultWindow = 64

// settleCall drops a call that was not entered, and waits for one that was.
func settleCall[T any](ctx context.Context, f *Future[T]) {
	if r, ok := f.owner.behaviour.(runner); ok && r.abandon(context.Canceled) {
		return
	}
	_ = f.wait(context.WithoutCancel(ctx))
}
