//go:build unix

package process_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"example.com/future/process"
)

// The programs that the tests run in processes of their own.
var programs = map[string]func() error{
	"without arguments": withoutArguments,
	"replaced":          replaced,
}

// runProgram runs one of the programs, in a copy of this binary.
func runProgram(t *testing.T, name string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "program")
	// Another process writes it, lest one that is being forked here has it open for
	// writing when it is to run.
	if out, err := exec.Command("cp", exe, binary).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program := exec.CommandContext(testContext(t), binary)
	program.Env = append(os.Environ(), envProgram+"="+name)
	if out, err := program.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAProgramWithoutArgumentsHasWorkers(t *testing.T) {
	t.Parallel()
	runProgram(t, "without arguments")
}

func withoutArguments() error {
	os.Args = nil
	p, err := process.NewPool(1)
	if err != nil {
		return err
	}
	defer p.Close()
	return echoes(p)
}

func TestWorkersRunTheBinaryThatRunsAlsoIfItsFileIsReplaced(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has another name for it")
	}
	runProgram(t, "replaced")
}

func replaced() error {
	p, err := process.NewPool(1, process.WithMaxCallsPerWorker(1))
	if err != nil {
		return err
	}
	defer p.Close()
	if err := echoes(p); err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.WriteFile(exe+".new", []byte("#!/bin/sh\necho another program runs >&2\nexit 9\n"), 0o700); err != nil {
		return err
	}
	if err := os.Rename(exe+".new", exe); err != nil {
		return err
	}
	if err := echoes(p); err != nil {
		return err
	}
	if err := os.Remove(exe); err != nil {
		return err
	}
	return echoes(p)
}

func echoes(p *process.Pool) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	v, err := echo.Submit(ctx, p, "x").Await(ctx)
	if err == nil && v != "x" {
		err = errors.New("the answer is " + v)
	}
	return err
}
