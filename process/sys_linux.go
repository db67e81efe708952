package process

import (
	"os"
	"syscall"
)

// procAttr makes the worker the leader of a group of its own, and wakes it when the
// parent dies: a worker that is stopped could not notice. The signal is not SIGKILL
// because that would come before the worker can take its children along, and
// because it is sent when the thread dies that started the worker, which may be
// long before the process does.
func procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGCONT}
}

// executable returns the path of the binary that runs. If its file was replaced or
// removed there is one more name for it.
func executable() (string, error) {
	const self = "/proc/self/exe"
	path, err := os.Executable()
	running, errSelf := os.Stat(self)
	if errSelf != nil {
		return path, err
	}
	if err == nil {
		if named, errNamed := os.Stat(path); errNamed == nil && os.SameFile(running, named) {
			return path, nil
		}
	}
	return self, nil
}
