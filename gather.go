package future

import (
	"context"
	"sync/atomic"
)

// Gather returns a future of the values of all fs, in their order: a non-nil slice,
// empty if there are none. The first failure settles it, with that very error; the
// other inputs go on, and what they fail with later is reported like any error
// nobody looks at. A cancelled input makes it fail, not cancelled, with an error
// that matches [ErrCancelled] and the cause. Of inputs that are done already, the
// first in order counts. A failed Gather has a nil slice.
//
// Cancelling the returned future cancels every unfinished input; it is then
// cancelled when all of them have ended. To have a failure cancel the others, use a
// [TaskGroup].
//
// Gather does not block and copies fs. A future may be given twice and counts at
// both places; a nil one panics. It is asyncio's gather, the Promise.all of
// JavaScript.
func Gather[T any](fs ...*Future[T]) *Future[[]T] {
	return startJoint("Gather", fs, rule[T, []T]{
		early: func(f *Future[T]) bool { return f.state() != Succeeded },
		last: func(j *joint[T, []T]) *link {
			vs := make([]T, len(j.inputs))
			for i := range j.inputs {
				vs[i] = j.inputs[i].f.value
			}
			return j.settle(vs, nil)
		},
		settleEarly: (*joint[T, []T]).failWith,
	})
}

// GatherSettled returns a future of the outcomes of all fs, in their order: a
// non-nil slice. It does not fail for an input; a cancelled one is an outcome with
// an error that matches [ErrCancelled]. Cancelling it works as for [Gather].
//
// GatherSettled does not block and copies fs. A nil future panics. It is asyncio's
// gather with return_exceptions=True, the Promise.allSettled of JavaScript.
func GatherSettled[T any](fs ...*Future[T]) *Future[[]Outcome[T]] {
	return startJoint("GatherSettled", fs, rule[T, []Outcome[T]]{
		last: func(j *joint[T, []Outcome[T]]) *link {
			os := make([]Outcome[T], len(j.inputs))
			for i := range j.inputs {
				os[i].Value, os[i].Err = j.inputs[i].f.Result()
			}
			return j.settle(os, nil)
		},
	})
}

// Race returns a future that ends as the first of fs does: it succeeds or fails with
// it, and fails if that one was cancelled. Of inputs that are done already, the
// first in order wins. The others go on. Without inputs it fails with
// [ErrNoFutures]. Cancelling it works as for [Gather].
//
// Race does not block and copies fs; nothing stays registered with the losers. A
// nil future panics. It is the Promise.race of JavaScript.
func Race[T any](fs ...*Future[T]) *Future[T] {
	return startJoint("Race", fs, rule[T, T]{
		first: true,
		early: func(*Future[T]) bool { return true },
		settleEarly: func(j *joint[T, T], f *Future[T]) *link {
			if f.state() != Succeeded {
				return j.failWith(f)
			}
			return j.settle(f.value, nil)
		},
		last: (*joint[T, T]).noFutures,
	})
}

// Any returns a future of the value of the first of fs to succeed. If none does it
// fails with a [*GroupError] of all their errors in the order of fs, the
// cancellations among them. Of inputs that have succeeded already, the first in
// order wins. The others go on. Without inputs it fails with [ErrNoFutures].
// Cancelling it works as for [Gather].
//
// Any does not block and copies fs; nothing stays registered with the losers. A nil
// future panics. It is the Promise.any of JavaScript.
func Any[T any](fs ...*Future[T]) *Future[T] {
	return startJoint("Any", fs, rule[T, T]{
		first: true,
		early: func(f *Future[T]) bool { return f.state() == Succeeded },
		settleEarly: func(j *joint[T, T], f *Future[T]) *link {
			return j.settle(f.value, nil)
		},
		last: func(j *joint[T, T]) *link {
			if len(j.inputs) == 0 {
				return j.noFutures()
			}
			errs := make([]error, len(j.inputs))
			o := origin{silent: true}
			for i := range j.inputs {
				f := j.inputs[i].f
				errs[i] = f.failure.look()
				if o.silent {
					o = f.failureOrigin()
				}
			}
			return j.fail(newFailure(&GroupError{errs}, o))
		},
	})
}

// A joint is the future of what becomes of several inputs.
type joint[T, R any] struct {
	Future[R]
	owned
	rule   rule[T, R]
	left   atomic.Int64  // inputs that are not done, and one more while they are registered
	inputs []input[T, R] // nil once it is decided; only who decides changes it, under mu
	cause  error         // of the first cancel; guarded by mu
}

// A rule says what becomes of the inputs of a joint. An input that is done may
// decide alone.
type rule[T, R any] struct {
	first       bool // any input may decide
	early       func(f *Future[T]) bool
	settleEarly func(j *joint[T, R], f *Future[T]) *link
	last        func(j *joint[T, R]) *link // when all are done
}

// An input is the place of a future in a joint.
type input[T, R any] struct {
	link link
	j    *joint[T, R]
	f    *Future[T]
}

func startJoint[T, R any](op string, fs []*Future[T], r rule[T, R]) *Future[R] {
	j := &joint[T, R]{rule: r}
	j.own.behaviour = j
	j.owner = &j.own
	inputs := make([]input[T, R], len(fs))
	for i, f := range fs {
		coreOf(op, f)
		in := &inputs[i]
		in.j, in.f = j, f
		in.link.value = in
	}
	j.inputs = inputs
	j.left.Store(int64(len(fs)) + 1)
	var links *link
	for i := range inputs {
		in := &inputs[i]
		if in.f.register(&in.link) {
			continue
		}
		splice(&links, in.fire(nil))
		if j.decided() {
			break
		}
	}
	splice(&links, j.count())
	if j.decided() {
		unregister(inputs) // some may have been registered after the decision
	}
	drain(links)
	return &j.Future
}

func (in *input[T, R]) fire(*link) *link {
	j := in.j
	// A joint that is being cancelled waits for all of its inputs.
	if r := &j.rule; r.early != nil && r.early(in.f) && j.claim(entered, entered|cancelling) {
		links := r.settleEarly(j, in.f)
		j.release()
		return links
	}
	return j.count()
}

// count is called once for each input that is done, and once more when all are
// registered.
func (j *joint[T, R]) count() (links *link) {
	if j.left.Add(-1) > 0 {
		if j.rule.first {
			checkStalled(&j.core) // it can hope for fewer inputs now
		}
		return nil
	}
	if !j.enter() {
		return nil
	}
	if j.word.Load()&cancelling == 0 {
		links = j.rule.last(j)
	} else {
		j.mu.Lock()
		cause := j.cause
		j.mu.Unlock()
		links, _ = j.settleFailed(Cancelled, &failure{err: newCancelled(cause, nil)})
	}
	j.release()
	return links
}

func (j *joint[T, R]) decided() bool { return j.word.Load()&entered != 0 }

// release lets go of the inputs after the decision.
func (j *joint[T, R]) release() {
	j.mu.Lock()
	inputs := j.inputs
	j.inputs = nil
	j.mu.Unlock()
	unregister(inputs)
}

// unregister takes the links of the losers back.
func unregister[T, R any](inputs []input[T, R]) {
	for i := range inputs {
		inputs[i].f.unregister(&inputs[i].link)
	}
}

// failWith hands the error of f on. The error of a cancelled input is a failure
// here.
func (j *joint[T, R]) failWith(f *Future[T]) *link {
	if f.state() == Cancelled {
		return j.fail(newFailure(f.failure.err, f.failureOrigin()))
	}
	return j.fail(f.failure.pass())
}

func (j *joint[T, R]) noFutures() *link { return j.fail(newFailure(ErrNoFutures, origin{})) }

func (j *joint[T, R]) cancel(cause error) bool {
	unfinished := false
	inputs := j.unreleased()
	for i := range inputs {
		unfinished = unfinished || inputs[i].f.state() == Pending
	}
	if !unfinished {
		return false // the outcome is there, or about to be
	}
	j.mu.Lock()
	if j.claim(cancelling, entered|cancelling) {
		j.cause = cause
	}
	j.mu.Unlock()
	if j.word.Load()&cancelling == 0 {
		return false // decided meanwhile
	}
	all(inputs, func(in *input[T, R]) { in.f.Cancel(cause) })
	return true
}

func (j *joint[T, R]) unreleased() []input[T, R] {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.inputs
}

func (j *joint[T, R]) sources(yield func(*core) bool) (first bool) {
	inputs := j.unreleased()
	first = j.rule.first && j.word.Load()&cancelling == 0 // else it waits for all of them
	for i := range inputs {
		f := inputs[i].f
		if first && f.state() != Pending && !j.rule.early(f) {
			continue // it has not decided, and will not
		}
		if !yield(&f.core) {
			break
		}
	}
	return first
}

// Await2 blocks until a and b have succeeded, one has failed or was cancelled, or
// ctx is done. It returns the values or, as [Gather] does, the first error; the
// other future goes on. If ctx ends first the error is that of [Future.Await].
//
// Await2 is for futures of different types. It is safe for concurrent use. A nil
// ctx or future panics. The same holds for [Await3], [Await4] and [Await5].
func Await2[A, B any](ctx context.Context, a *Future[A], b *Future[B]) (A, B, error) {
	if err := awaitAll(ctx, "Await2", coreOf("Await2", a), coreOf("Await2", b)); err != nil {
		var (
			va A
			vb B
		)
		return va, vb, err
	}
	return a.value, b.value, nil
}

// Await3 is [Await2] for three futures.
func Await3[A, B, C any](ctx context.Context, a *Future[A], b *Future[B], c *Future[C]) (A, B, C, error) {
	if err := awaitAll(ctx, "Await3", coreOf("Await3", a), coreOf("Await3", b), coreOf("Await3", c)); err != nil {
		var (
			va A
			vb B
			vc C
		)
		return va, vb, vc, err
	}
	return a.value, b.value, c.value, nil
}

// Await4 is [Await2] for four futures.
func Await4[A, B, C, D any](ctx context.Context, a *Future[A], b *Future[B], c *Future[C], d *Future[D]) (A, B, C, D, error) {
	if err := awaitAll(ctx, "Await4", coreOf("Await4", a), coreOf("Await4", b), coreOf("Await4", c), coreOf("Await4", d)); err != nil {
		var (
			va A
			vb B
			vc C
			vd D
		)
		return va, vb, vc, vd, err
	}
	return a.value, b.value, c.value, d.value, nil
}

// Await5 is [Await2] for five futures.
func Await5[A, B, C, D, E any](ctx context.Context, a *Future[A], b *Future[B], c *Future[C], d *Future[D], e *Future[E]) (A, B, C, D, E, error) {
	if err := awaitAll(ctx, "Await5", coreOf("Await5", a), coreOf("Await5", b), coreOf("Await5", c), coreOf("Await5", d), coreOf("Await5", e)); err != nil {
		var (
			va A
			vb B
			vc C
			vd D
			ve E
		)
		return va, vb, vc, vd, ve, err
	}
	return a.value, b.value, c.value, d.value, e.value, nil
}
