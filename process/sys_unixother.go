//go:build unix && !ios && !linux

package process

import (
	"os"
	"syscall"
)

// procAttr makes the worker the leader of a group of its own.
func procAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// executable returns the path of the binary that runs.
func executable() (string, error) { return os.Executable() }
