package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/future/process"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	process.Main()
	// The race detector would make each worker sleep for a second when it exits.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	goleak.VerifyTestMain(m)
}

// runTo runs the program, with three workers unless it says otherwise, and returns what
// it prints.
func runTo(t *testing.T, ctx context.Context, s settings) (string, error) {
	t.Helper()
	if _, err := process.NewPool(1); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if s.workers == 0 {
		s.workers = 3
	}
	var out strings.Builder
	s.out, s.limit, s.grace = &out, 3*time.Second, 50*time.Millisecond
	err := run(ctx, s)
	return out.String(), err
}

func TestEveryFileIsDealtWith(t *testing.T) {
	out, err := runTo(t, t.Context(), settings{})
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"good-07.sum      = 49",
		"bad-letter.sum   is refused: unexpected 'x' at 2",
		"hang-bracket.sum hangs: killed after ",
		"panic-end.sum    panics: ",
		"crash-exit.sum   crashes: future: worker process died: exit status 70: parser: fatal: '!' is not supported",
		"fatal error: stack overflow",
		"36/36",
		"30 parsed, 1 refused, 1 panicked, 2 crashed, 2 hung",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
}

func TestADirectoryMayHaveAnyNameAndDirectoriesInIt(t *testing.T) {
	dir := t.TempDir() + "/in[puts"
	if err := os.MkdirAll(dir+"/more", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/sum", "1+2")
	out, err := runTo(t, t.Context(), settings{dir: dir})
	if err != nil || !strings.Contains(out, "1/1  sum              = 3") {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestTroubleIsAnError(t *testing.T) {
	for name, s := range map[string]settings{
		"empty":      {dir: t.TempDir()},
		"missing":    {dir: "/does/not/exist"},
		"no workers": {workers: -1},
	} {
		if _, err := runTo(t, t.Context(), s); err == nil {
			t.Errorf("%s: it is no trouble", name)
		}
	}
}

func TestAnInterruptionIsAnErrorAndLeavesNoLineOnTheTerminal(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/done", "1")
	write(t, dir+"/hang", "(1")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	out, err := runTo(t, ctx, settings{dir: dir, terminal: true})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an interruption gives %v", err)
	}
	if !strings.HasSuffix(out, "\r\x1b[K") {
		t.Errorf("the output ends otherwise: %q", out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
