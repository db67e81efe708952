package main

import (
	"context"
	"errors"
	"io"
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

// runTo runs the program and returns what it prints.
func runTo(t *testing.T, ctx context.Context, dir string) (string, error) {
	t.Helper()
	if _, err := process.NewPool(1); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	errRun := run(ctx, out, dir, 3, 3*time.Second, 50*time.Millisecond)
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), errRun
}

func TestEveryFileIsDealtWith(t *testing.T) {
	out, err := runTo(t, t.Context(), "")
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

func TestTroubleIsAnError(t *testing.T) {
	if _, err := runTo(t, t.Context(), t.TempDir()); err == nil {
		t.Error("an empty directory is no trouble")
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/hang", []byte("(1"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := runTo(t, ctx, dir); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an interruption gives %v", err)
	}
}
