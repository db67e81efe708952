package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test binary be the tour itself, for what only a process can
// show.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_TOUR") != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

func TestTourEndsWell(t *testing.T) {
	var out bytes.Buffer
	if code := run(t.Context(), &screen{w: &out}, nil); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	for _, want := range []string{
		`1\. Hello`, `… world!`,
		`(?s)2\. Pages.*one after the other +[\d.]+ m?s\n +together +[\d.]+ m?s +[\d.]+ times as fast`,
		`(?s)3\. Files.*one after the other +[\d.]+ m?s\n +together +[\d.]+ m?s +[\d.]+ times as fast`,
		`(?s)4\. An old function.*one after the other +[\d.]+ m?s\n +together +[\d.]+ m?s +[\d.]+ times as fast`,
		`its callback says +there is a book`, `its callback says +no parcel: lost on the way`,
		`the group ends after [\d.]+ m?s with: .*the toast burnt`, `eggs .*cancelled`,
		`A stew takes a minute\. After [\d.]+ m?s: future: timeout`,
		`1 of 8 .*\n(.*\n)+ +8 of 8 `,
		`That was the tour, in [\d.]+ s\.\n$`,
	} {
		if !regexp.MustCompile(want).Match(out.Bytes()) {
			t.Errorf("the tour does not show %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", &out)
	}
}

func TestTourShowsThePagesItIsGiven(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "a page")
	}))
	defer server.Close()
	var out bytes.Buffer
	if code := run(t.Context(), &screen{w: &out}, []string{server.URL + "/one", server.URL + "/two"}); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	for _, want := range []string{"2 pages, 12 bytes, from the web", "2 of 2", "/one\n", "/two\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tour does not show %q:\n%s", want, &out)
		}
	}
}

func TestTourFailsWithAPageThatIsNotThere(t *testing.T) {
	missing := httptest.NewServer(http.NotFoundHandler())
	defer missing.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, url := range map[string]string{
		"not found": missing.URL,
		"no server": gone.URL,
		"no URL":    "::",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if code := run(t.Context(), &screen{w: &out}, []string{url}); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if last := out.String(); !strings.Contains(last, "The tour failed: part 2: ") || strings.Contains(last, "3. ") {
				t.Errorf("the tour went on, or did not say why it failed:\n%s", last)
			}
		})
	}
}

// A watcher is a writer that acts once, when it has seen what it looks for.
type watcher struct {
	seen bytes.Buffer
	at   string
	act  func()
	once sync.Once
}

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.seen.Write(p)
	if strings.Contains(w.seen.String(), w.at) {
		w.once.Do(w.act)
	}
	return n, err
}

func (w *watcher) String() string { return w.seen.String() }

func TestTourStopsInAnyPart(t *testing.T) {
	for _, at := range []string{
		"1. ", "2. ", "4. ", "6. ", "7 of 8",
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &watcher{at: at, act: cancel}
			if code := run(ctx, &screen{w: out, terminal: true}, nil); code != 130 {
				t.Errorf("exit code %d, want 130:\n%s", code, out)
			}
			if !strings.HasSuffix(out.String(), "\n\nStopped. Nothing was left running.\n") {
				t.Errorf("the last words are not those of a tour that stops:\n%s", out)
			}
		})
	}
}

func TestProgressOnATerminalIsOneLineThatIsWrittenOver(t *testing.T) {
	var out bytes.Buffer
	s := &screen{w: &out, terminal: true}
	s.progress(1, 2, "a rather long text, longer than a terminal is wide: "+strings.Repeat("é", 80))
	s.progress(2, 2, "short")
	s.say("next")
	got := out.String()
	if strings.Count(got, "\r") != 2 || strings.Count(got, "\n") != 2 {
		t.Errorf("progress is not one line: %q", got)
	}
	first, second, _ := strings.Cut(strings.TrimPrefix(got, "\r"), "\r")
	second, _, _ = strings.Cut(second, "\n")
	if a, b := len([]rune(first)), len([]rune(second)); a != b || a > 60 {
		t.Errorf("lines of %d and %d characters do not cover each other, or wrap", a, b)
	}

	out.Reset()
	s.progress(1, 2, "interrupted")
	s.say("next")
	if !strings.HasSuffix(out.String(), "\nnext\n") {
		t.Errorf("the next line does not begin a line: %q", &out)
	}
}

// A fullDisk has room for so many writes.
type fullDisk struct{ room int }

var errFull = errors.New("no space left on device")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room--; d.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestTourThatCannotBeShownFails(t *testing.T) {
	for name, c := range map[string]struct {
		room int
		args []string
	}{
		"from the start":       {0, nil},
		"in its middle":        {6, nil},
		"the usage":            {0, []string{"-h"}},
		"the words of failure": {5, []string{"::"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := &fullDisk{room: c.room}
			var stderr strings.Builder
			if code := command(t.Context(), &screen{w: disk}, &stderr, c.args); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if got, want := stderr.String(), "tour: "+errFull.Error()+"\n"; got != want {
				t.Errorf("stderr has %q, want %q", got, want)
			}
			if disk.room != -1 {
				t.Errorf("%d writes came after the first that failed", -1-disk.room)
			}
		})
	}
}

func TestFlagsPrintTheUsage(t *testing.T) {
	for _, c := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"-h"}, 0, usage + "\n", ""},
		{[]string{"--help"}, 0, usage + "\n", ""},
		{[]string{"http://127.0.0.1:1/", "-help"}, 0, usage + "\n", ""},
		{[]string{"-v"}, 2, "", "tour: unknown flag -v\n" + usage + "\n"},
		{[]string{"http://127.0.0.1:1/", "--fast"}, 2, "", "tour: unknown flag --fast\n" + usage + "\n"},
	} {
		var stdout, stderr strings.Builder
		code := command(t.Context(), &screen{w: &stdout}, &stderr, c.args)
		if code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("%q: exit code %d, printed %q and %q", c.args, code, &stdout, &stderr)
		}
	}
}

func TestProgressElsewhereIsPlainLines(t *testing.T) {
	var out bytes.Buffer
	s := &screen{w: &out}
	s.progress(1, 2, "a")
	s.progress(2, 2, "b")
	if got, want := out.String(), "    1 of 2  a\n    2 of 2  b\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCtrlCStopsTheTourCleanly(t *testing.T) {
	switch runtime.GOOS {
	case "windows", "js", "wasip1", "plan9":
		t.Skip("no interrupt can be sent to a process here")
	}
	// Each interrupt comes when the tour has shown so much.
	for _, at := range []string{"Hello", "2. ", "4. "} {
		t.Run(at, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0])
			cmd.Env = append(os.Environ(), "BE_THE_TOUR=1")
			out := &watcher{at: at, act: func() { _ = cmd.Process.Signal(os.Interrupt) }}
			cmd.Stdout, cmd.Stderr = out, out
			err := cmd.Run()
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 130 {
				t.Errorf("the tour ended with %v, want exit status 130:\n%s", err, out)
			}
			if !strings.HasSuffix(out.String(), "\nStopped. Nothing was left running.\n") {
				t.Errorf("the last words are not those of a tour that stops:\n%s", out)
			}
		})
	}
}
