//go:build unix && !ios

package process

import (
	"errors"
	"os"
	"syscall"
)

func supported() error { return nil }

// The descriptors of the frames in a worker.
const (
	fdIn  = 3
	fdOut = 4
)

// A group is a worker's process group, which it leads.
type group struct{ leader *os.Process }

// startProcess starts exe as a worker which has the files as its standard ones and
// for its frames.
func startProcess(exe string, env []string, files workerFiles) (*os.Process, group, error) {
	p, err := os.StartProcess(exe, []string{name()}, &os.ProcAttr{
		Env:   append(env, variable+"=1"),
		Files: []*os.File{files.stdin, files.stdout, files.stderr, files.in, files.out}, // in order of descriptors
		Sys:   procAttr(),
	})
	return p, group{p}, err
}

// kill kills all processes of the group. After the leader has been reaped it still
// reaches its children, so it must be called once then, at once, and never again: while
// members are left the number is taken, and without members it would have to come round
// within the microseconds between the end of the leader and this call.
func (g group) kill() {
	_ = syscall.Kill(-g.leader.Pid, syscall.SIGKILL)
	_ = g.leader.Kill() // it may have moved to another group
}

func (group) close() {}

// exitOfKilled is the exit code of a process that was killed. Here a signal tells it: one
// that ended by itself just before it was to be killed may have any exit code.
const exitOfKilled = -1

// exitOf tells how a process ended.
func exitOf(state *os.ProcessState) (code int, signal string) {
	if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return -1, s.Signal().String()
	}
	return state.ExitCode(), ""
}

// openFrames returns the pipes that a worker was started with. Its own children must
// not inherit them: the pool would not see it die.
func openFrames(string) (in, out *os.File, err error) {
	for _, fd := range []int{fdIn, fdOut} {
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFIFO {
			return nil, nil, errors.New("there are no pipes")
		}
		syscall.CloseOnExec(fd)
		if err := syscall.SetNonblock(fd, false); err != nil {
			return nil, nil, err
		}
	}
	return os.NewFile(fdIn, "frames"), os.NewFile(fdOut, "frames"), nil
}

// perish ends a worker and what it has started: the group that it leads.
func perish() {
	_ = syscall.Kill(-os.Getpid(), syscall.SIGKILL)
	os.Exit(1)
}
