// Package carry connects package future with package process, which carries calls to
// other processes and can stop them there. The future of such a call is a task without
// a goroutine of its own, and only as good as its carrier: one that is begun and not
// ended stays pending. Therefore other packages cannot make it.
package carry

import "context"

// A Carrier has a call to carry. Its methods must not block, and may be called by any
// goroutine, also before New has returned.
type Carrier interface {
	// Withdraw says that the call was cancelled before it was begun: it is over, but
	// for Settled.
	Withdraw()

	// Settled says that the future of the call is done, and that of Func.Submit if there is
	// one. What Map hangs on them may not have run. It may be called more than once.
	Settled()

	// Stop asks to end a call that was begun: its context has ended. It may be called
	// more than once, and when the call has ended.
	Stop()
}

// A Call is what its carrier sees of the future of a call.
type Call interface {
	// Context returns the context of the call. It ends when the call is cancelled.
	Context() context.Context

	// Begin reports whether the call may be carried: once, and only if it was not
	// cancelled before. A call that was begun has to be ended.
	Begin() bool

	// End settles the future of a call that was begun, as the end of a task does.
	End(result []byte, err error)
}

// StoppedError is the error of a call that was begun and has ended because its context has: its
// future is cancelled. To ask whether the error matches the cause would not do, for that
// may be one that cannot be compared, or whose methods panic.
type StoppedError struct{ Err error }

func (s StoppedError) Error() string { return s.Err.Error() }

// New makes the future of a call, a *future.Future[[]byte]. The call is nil if that is
// done already. Package future sets New.
var New func(ctx context.Context, by Carrier) (call Call, future any) //nolint:gochecknoglobals // set once
