package languages

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	_ "embed" // for the programs
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The names of the runtimes.
const (
	golang = "Go"
	python = "Python"
	node   = "Node.js"
	java   = "Java"
)

var (
	//go:embed py.py
	pyProgram []byte
	//go:embed node.mjs
	nodeProgram []byte
	//go:embed Futures.java
	javaProgram []byte
)

// A language is a runtime, and how its program is started.
type language struct {
	name    string
	file    string // what the program is called
	program []byte
	compile []string // a command to be run before, or nil
	command []string // run where the program is; without a command, this executable is it
	env     []string // beside that of this process
}

var runtimes = []language{
	{name: golang, env: []string{envServe + "=1"}},
	{name: python, file: "py.py", program: pyProgram, command: []string{"python3", "-I", "py.py"}},
	{name: node, file: "node.mjs", program: nodeProgram, command: []string{"node", "--expose-gc", "node.mjs"}},
	{
		name: java, file: "Futures.java", program: javaProgram,
		compile: []string{"javac", "Futures.java"}, command: []string{"java", "-cp", ".", "Futures"},
	},
}

// start starts the program in dir, which is empty, and returns its version. If its
// runtime is not on the machine it returns no child and why.
func (l language) start(ctx context.Context, dir string, patience time.Duration) (c *child, version, absent string, err error) {
	for _, command := range [][]string{l.compile, l.command} {
		if command == nil {
			continue
		}
		if _, err := exec.LookPath(command[0]); err != nil {
			return nil, "", "there is no " + command[0] + " in PATH", nil
		}
	}
	if l.program != nil {
		if err := os.WriteFile(filepath.Join(dir, l.file), l.program, 0o600); err != nil {
			return nil, "", "", err
		}
	}
	if l.compile != nil {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, l.compile[0], l.compile[1:]...)
		cmd.Dir = dir
		cmd.WaitDelay = time.Second
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, "", "", fmt.Errorf("languages: %s: %s: %w\n%s", l.name, l.compile[0], cmp.Or(context.Cause(ctx), err), out)
		}
	}
	command := l.command
	if command == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, "", "", err
		}
		command = []string{self}
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), l.env...)
	cmd.WaitDelay = time.Second // something that it started may still hold its pipes
	c = &child{name: l.name, cmd: cmd}
	cmd.Stderr = &c.stderr
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, "", "", err
	}
	if c.out, err = cmd.StdoutPipe(); err != nil {
		return nil, "", "", err
	}
	c.lines = bufio.NewReader(c.out)
	if err := cmd.Start(); err != nil {
		return nil, "", "", fmt.Errorf("languages: %s: its start: %w", l.name, err)
	}
	version, err = c.ask(ctx, "", patience)
	if err == nil && version == "" {
		err = c.fail("its start", errors.New("it has no version"))
	}
	if err != nil {
		return nil, "", "", err
	}
	return c, version, "", nil
}

// A child is the running program of one runtime.
type child struct {
	name   string
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	lines  *bufio.Reader
	stderr bytes.Buffer // may be read when the child has ended
	failed bool
}

// ask writes a line, or nothing if it is empty, and returns the next line that the
// child writes.
func (c *child) ask(ctx context.Context, line string, patience time.Duration) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no answer for %v", patience))
	defer cancel()
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()

	what := cmp.Or(line, "its start")
	var err error
	if line != "" {
		_, err = fmt.Fprintln(c.in, line)
	}
	var answer string
	if err == nil {
		answer, err = c.lines.ReadString('\n')
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return "", c.fail(what, err)
	}
	return strings.TrimSpace(answer), nil
}

// do has the child do so many batches, and returns the ns and the bytes for an
// operation.
func (c *child) do(ctx context.Context, w work, times int, patience time.Duration) (ns, bytes float64, err error) {
	line := fmt.Sprintf("%s %d %d", w.name, w.n, times)
	answer, err := c.ask(ctx, line, patience)
	if err != nil {
		return 0, 0, err
	}
	ns, bytes, sum, err := parse(answer)
	if err != nil {
		return 0, 0, c.fail(line, err)
	}
	if want := times * w.sum(w.n); sum != want {
		return 0, 0, c.fail(line, fmt.Errorf("the sum of the results is %d, want %d", sum, want))
	}
	operations := float64(times * w.n)
	return ns / operations, bytes / operations, nil
}

// parse takes an answer apart.
func parse(answer string) (ns, bytes float64, sum int, err error) {
	words := strings.Fields(answer)
	if len(words) != 3 {
		return 0, 0, 0, fmt.Errorf("the answer is %q, want ns, bytes and a sum", answer)
	}
	ns, err1 := strconv.ParseFloat(words[0], 64)
	bytes, err2 := strconv.ParseFloat(words[1], 64)
	sum, err3 := strconv.Atoi(words[2])
	if err := errors.Join(err1, err2, err3); err != nil {
		return 0, 0, 0, fmt.Errorf("the answer is %q: %w", answer, err)
	}
	if !(ns > 0) || bytes <= 0 { // the bytes may be NaN
		return 0, 0, 0, fmt.Errorf("the answer is %q, want a time and bytes above zero", answer)
	}
	return ns, bytes, sum, nil
}

// warm has the child do a workload until it gets no faster, and returns how many
// batches are one sample.
func (c *child) warm(ctx context.Context, w work, p pace) (times int, err error) {
	times = 1
	best := math.Inf(1)
	start := time.Now()
	for same := 0; same < p.settle && time.Since(start) < p.warmUp; same++ {
		ns, _, err := c.do(ctx, w, times, p.patience)
		if err != nil {
			return 0, err
		}
		if ns < 0.97*best {
			same = 0
		}
		best = min(best, ns)
		times = max(1, int(float64(p.sample.Nanoseconds())/(best*float64(w.n))))
	}
	return times, nil
}

// kill ends the child and whoever waits for what it writes.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.out.Close()
}

// fail ends the child after an error, and returns that with what there is to know.
func (c *child) fail(what string, err error) error {
	c.failed = true
	c.kill()
	if exit := c.cmd.Wait(); exit != nil {
		err = fmt.Errorf("%w (%w)", err, exit)
	}
	said := strings.TrimSpace(c.stderr.String())
	if said != "" {
		said = "\n" + said
	}
	return fmt.Errorf("languages: %s: %s: %w%s", c.name, what, err, said)
}

// close lets the child end, unless it has failed before.
func (c *child) close(patience time.Duration) error {
	if c.failed {
		return nil
	}
	timer := time.AfterFunc(patience, c.kill)
	defer timer.Stop()
	_ = c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("languages: %s: its end: %w\n%s", c.name, err, strings.TrimSpace(c.stderr.String()))
	}
	return nil
}
