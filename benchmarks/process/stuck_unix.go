//go:build unix

package main

import (
	"net"
	"os"
	"os/exec"
	"syscall"

	"example.com/future/internal/cspin"
)

func withThoseOfTheSystem(ways map[string]way) map[string]way {
	ways["system call"] = func(*net.UnixConn) (func(), error) {
		p := make([]int, 2)
		if err := syscall.Pipe(p); err != nil {
			return nil, err
		}
		return func() { _, _ = syscall.Read(p[0], make([]byte, 1)) }, nil
	}
	if cspin.IsC {
		ways["C call"] = func(*net.UnixConn) (func(), error) { return cspin.Spin, nil }
	}
	ways["stopped"] = func(*net.UnixConn) (func(), error) {
		return func() {
			_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
			spin()
		}, nil
	}
	ways["with children"] = func(conn *net.UnixConn) (func(), error) {
		f, err := conn.File()
		if err != nil {
			return nil, err
		}
		// They ignore what can be ignored and hold the connection.
		child := exec.Command("sh", "-c", "trap '' HUP INT TERM; sleep 1000 & sleep 1000; exit 0")
		child.ExtraFiles = []*os.File{f}
		return spin, child.Start()
	}
	return ways
}
