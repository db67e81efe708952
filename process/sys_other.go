//go:build (!unix && !windows) || ios

package process

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

func supported() error {
	return fmt.Errorf("future: there are no worker processes on %s/%s: %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)
}

// The rest is never reached: NewPool refuses, and nothing starts a worker.

type group struct{}

func (group) kill()  {}
func (group) close() {}

func startProcess(string, []string, workerFiles) (*os.Process, group, error) {
	return nil, group{}, supported()
}

const exitOfKilled = -1

func exitOf(state *os.ProcessState) (code int, signal string) { return state.ExitCode(), "" }

func openFrames(string) (in, out *os.File, err error) { return nil, nil, supported() }

func perish() { os.Exit(1) }

func executable() (string, error) { return "", supported() }
