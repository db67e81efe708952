package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe" // to pass a structure to the system
)

func supported() error { return nil }

// A group is the job object that holds a worker and what it starts. The system
// kills all of them when the last handle is closed: that is when the parent ends.
type group struct {
	leader *os.Process
	job    syscall.Handle // 0 if there is none
}

// startProcess starts exe as a worker which has the files as its standard ones and
// for its frames.
func startProcess(exe string, env []string, files workerFiles) (*os.Process, group, error) {
	frames := []syscall.Handle{syscall.Handle(files.in.Fd()), syscall.Handle(files.out.Fd())}
	for _, h := range frames {
		if err := syscall.SetHandleInformation(h, syscall.HANDLE_FLAG_INHERIT, syscall.HANDLE_FLAG_INHERIT); err != nil {
			return nil, group{}, os.NewSyscallError("SetHandleInformation", err)
		}
	}
	p, err := os.StartProcess(exe, []string{name()}, &os.ProcAttr{
		Env:   append(env, fmt.Sprintf("%s=%d %d", variable, frames[0], frames[1])),
		Files: []*os.File{files.stdin, files.stdout, files.stderr},
		Sys: &syscall.SysProcAttr{
			AdditionalInheritedHandles: frames,
			CreationFlags:              syscall.CREATE_NEW_PROCESS_GROUP,
		},
	})
	if err != nil {
		return nil, group{}, err
	}
	// Without a job, as in one that allows no others, the worker is killed alone.
	job, _ := newJob(p.Pid)
	return p, group{p, job}, nil
}

func (g group) kill() {
	if g.job != 0 {
		_, _, _ = procTerminateJobObject.Call(uintptr(g.job), 1)
	}
	_ = g.leader.Kill()
}

func (g group) close() {
	if g.job != 0 {
		_ = syscall.CloseHandle(g.job)
	}
}

// exitOfKilled is the exit code of a process that was killed, see kill.
const exitOfKilled = 1

// exitOf tells how a process ended. There are no signals.
func exitOf(state *os.ProcessState) (code int, signal string) { return state.ExitCode(), "" }

// openFrames returns the pipes that a worker was started with. Its own children must
// not inherit them: the pool would not see it die.
func openFrames(spec string) (in, out *os.File, err error) {
	var frames [2]syscall.Handle
	if _, err := fmt.Sscan(spec, &frames[0], &frames[1]); err != nil {
		return nil, nil, err
	}
	for _, h := range frames {
		kind, err := syscall.GetFileType(h)
		if err != nil || kind != syscall.FILE_TYPE_PIPE {
			return nil, nil, errors.New("there are no pipes")
		}
		if err := syscall.SetHandleInformation(h, syscall.HANDLE_FLAG_INHERIT, 0); err != nil {
			return nil, nil, err
		}
	}
	return os.NewFile(uintptr(frames[0]), "frames"), os.NewFile(uintptr(frames[1]), "frames"), nil
}

// perish ends a worker. The job object ends what it has started.
func perish() { os.Exit(1) }

// executable returns the path of the binary that runs.
func executable() (string, error) { return os.Executable() }

var (
	kernel32                     = syscall.NewLazyDLL("kernel32.dll")
	procCreateJobObject          = kernel32.NewProc("CreateJobObjectW")
	procSetInformationJobObject  = kernel32.NewProc("SetInformationJobObject")
	procAssignProcessToJobObject = kernel32.NewProc("AssignProcessToJobObject")
	procTerminateJobObject       = kernel32.NewProc("TerminateJobObject")
)

const (
	jobExtendedLimitInformation = 9      // JobObjectExtendedLimitInformation
	jobKillOnClose              = 0x2000 // JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	processSetQuota             = 0x100  // PROCESS_SET_QUOTA
)

// jobLimits is JOBOBJECT_EXTENDED_LIMIT_INFORMATION.
type jobLimits struct {
	perProcessTime, perJobTime int64
	flags                      uint32
	minWorkingSet              uintptr
	maxWorkingSet              uintptr
	activeProcesses            uint32
	affinity                   uintptr
	priority, scheduling       uint32
	_                          [8 - unsafe.Sizeof(uintptr(0))]byte // C aligns the next to 8 bytes
	io                         [6]uint64
	memory                     [4]uintptr
}

// newJob puts the process into a job object that dies with this process. The worker
// waits for its setup, so it has not started anything yet.
func newJob(pid int) (syscall.Handle, error) {
	r, _, err := procCreateJobObject.Call(0, 0)
	if r == 0 {
		return 0, err
	}
	job := syscall.Handle(r)
	limits := jobLimits{flags: jobKillOnClose}
	r, _, err = procSetInformationJobObject.Call(uintptr(job), jobExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), unsafe.Sizeof(limits))
	if r != 0 {
		var p syscall.Handle
		p, err = syscall.OpenProcess(processSetQuota|syscall.PROCESS_TERMINATE, false, uint32(pid))
		if err == nil {
			r, _, err = procAssignProcessToJobObject.Call(uintptr(job), uintptr(p))
			_ = syscall.CloseHandle(p)
			if r != 0 {
				return job, nil
			}
		}
	}
	_ = syscall.CloseHandle(job)
	return 0, err
}
