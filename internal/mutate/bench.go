package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An outcome says what the tests have made of a mutation.
type outcome string

const (
	failed   outcome = "failed"   // a test did
	hung     outcome = "hung"     // a test did not end, or waited where nobody could wake it
	crashed  outcome = "crashed"  // the test binary did, by a panic or a fatal error
	leaked   outcome = "leaked"   // all tests have passed and left goroutines behind
	raced    outcome = "race"     // only the race detector has seen it
	survived outcome = "SURVIVED" // the tests pass
	broken   outcome = "BROKEN"   // it does not apply, or does not compile
)

func outcomes() []outcome { return []outcome{failed, hung, crashed, leaked, raced, survived, broken} }

// A verdict is an outcome, and what led to it.
type verdict struct {
	how  outcome
	what string // the test, the panic or the error
}

// remark returns the end of the line of m.
func (v verdict) remark(m mutation) string {
	text := ""
	if v.what != "" {
		text = " [" + v.what + "]"
	}
	if m.narrow != "" {
		text += " (not counted: " + m.narrow + ")"
	}
	return text
}

// How long the tests of a package may take without a mutation. With one those that are
// to notice it may take as long as they have taken together, and all of them several
// times of that: it depends on what else the machine does. Where not all have been run
// without one, there is a time that is enough for their short form.
const (
	limit    = 5 * time.Minute
	enough   = 2 * time.Minute
	least    = 20 * time.Second
	patience = 4
)

// A bench is where mutations are tried. To build a test binary takes longer than to run
// it, so all the mutations of a package are in one, see merge; a variable in the
// environment says which of them is alive. One that cannot be there gets a binary of
// its own.
type bench struct {
	root    string
	scratch string
	sources *sources
	builds  atomic.Int64
	runs    atomic.Int64

	broken map[string]error // by mutation.id
	merged map[kind]string  // the binaries
	limits map[kind]limits
}

// limits are how long tests may take: the few that are to notice a mutation, and all.
type limits struct{ few, all time.Duration }

// A kind of test binary is that of a package, with or without the race detector.
type kind struct {
	dir  string
	race bool
}

func newBench(ctx context.Context, root string, ms []mutation) (*bench, error) {
	b := &bench{root: root, broken: make(map[string]error), merged: make(map[kind]string), limits: make(map[kind]limits)}
	var dirs []string
	for _, m := range ms {
		if !slices.Contains(dirs, m.dir()) {
			dirs = append(dirs, m.dir())
		}
	}
	var err error
	if b.sources, err = load(ctx, root, dirs); err != nil {
		return nil, err
	}
	for _, m := range ms {
		if err := b.vet(m); err != nil {
			b.broken[m.id()] = err
		}
	}
	b.scratch, err = os.MkdirTemp("", "mutate")
	return b, err
}

func (b *bench) close() { os.RemoveAll(b.scratch) }

// mutated returns the name of the file that m is about, and its new text.
func (b *bench) mutated(m mutation) (name string, text []byte, err error) {
	file, _ := m.place()
	name = filepath.Join(b.root, filepath.FromSlash(file))
	if text, err = os.ReadFile(name); err == nil {
		text, err = m.apply(text)
	}
	return name, text, err
}

// vet returns an error if m does not apply or compile, or nobody is there to notice it.
func (b *bench) vet(m mutation) error {
	name, text, err := b.mutated(m)
	if err != nil {
		return err
	}
	p := b.sources.byDir[filepath.Dir(name)]
	if err := b.sources.compiles(p, name, text); err != nil {
		return err
	}
	if has, err := b.sources.hasTest(p, m.by); err != nil || !has {
		return errors.Join(err, fmt.Errorf("there is no test %s", m.by))
	}
	return nil
}

// prepare builds the binaries that ms need, and sees that the tests that are to notice
// them pass while none is alive.
func (b *bench) prepare(ctx context.Context, ms []mutation) error {
	texts := make(map[string]map[string][]byte)
	var kinds []kind
	for _, m := range ms {
		if b.broken[m.id()] != nil {
			continue
		}
		for _, k := range []kind{{m.dir(), false}, {m.dir(), m.race}} {
			if !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	for _, k := range kinds {
		if texts[k.dir] == nil {
			var err error
			if texts[k.dir], err = b.merge(k.dir, ms); err != nil {
				return err
			}
		}
	}
	bins, took, errs := make([]string, len(kinds)), make([]time.Duration, len(kinds)), make([]error, len(kinds))
	var wg sync.WaitGroup
	for i, k := range kinds {
		wg.Go(func() {
			if bins[i], errs[i] = b.build(ctx, k, texts[k.dir]); errs[i] != nil {
				return
			}
			began := time.Now()
			v := b.test(ctx, k, bins[i], "", pointed(ms, k.dir), 1, limit)
			took[i] = time.Since(began)
			if v.how != survived {
				errs[i] = fmt.Errorf("without a mutation the tests of %s have %s: %s", k.dir, v.how, v.what)
			}
		})
	}
	wg.Wait()
	for i, k := range kinds {
		all := least
		if pointed(ms, k.dir) != "" {
			all = enough
		}
		b.merged[k], b.limits[k] = bins[i], limits{max(least, took[i]), max(all, patience*took[i])}
	}
	return errors.Join(errs...)
}

// pointed returns an expression for the tests that are to notice those of ms that break
// the package in dir, "" if that takes all its tests.
func pointed(ms []mutation, dir string) string {
	var by []string
	for _, m := range ms {
		if m.dir() != dir {
			continue
		}
		if m.by == "" {
			return ""
		}
		by = append(by, m.by)
	}
	return strings.Join(by, "|")
}

// merge returns the files of a package in which there are all of its mutations.
func (b *bench) merge(dir string, ms []mutation) (map[string][]byte, error) {
	texts := make(map[string][]byte)
	for _, m := range ms {
		if m.dir() != dir || b.broken[m.id()] != nil {
			continue
		}
		name, text, err := b.mutated(m)
		if err != nil {
			return nil, err
		}
		if texts[name] == nil {
			if texts[name], err = os.ReadFile(name); err != nil {
				return nil, err
			}
		}
		if merged, ok := m.mergeInto(texts[name], text); ok {
			texts[name] = merged
		}
	}
	p := b.sources.byDir[filepath.Join(b.root, filepath.FromSlash(dir))]
	texts[filepath.Join(p.Dir, "mutation_alive.go")] = aliveFile(p.Name)
	return texts, nil
}

// try finds out what the tests make of m.
func (b *bench) try(ctx context.Context, m mutation) verdict {
	if err := b.broken[m.id()]; err != nil {
		return verdict{broken, err.Error()}
	}
	v := b.tryAs(ctx, m, kind{m.dir(), false})
	if v.how == survived && m.race {
		v = b.tryAs(ctx, m, kind{m.dir(), true})
	}
	return v
}

func (b *bench) tryAs(ctx context.Context, m mutation, k kind) verdict {
	bin := b.merged[k]
	name, text, err := b.mutated(m)
	if err != nil {
		return verdict{broken, err.Error()}
	}
	if _, ok := m.mergeInto(nil, text); !ok {
		if bin, err = b.build(ctx, k, map[string][]byte{name: text}); err != nil {
			return verdict{broken, err.Error()}
		}
		defer os.Remove(bin)
	}
	limit := b.limits[k]
	if m.by == "" {
		return b.test(ctx, k, bin, m.id(), "", 1, limit.all)
	}
	v := b.test(ctx, k, bin, m.id(), m.by, 1, limit.few)
	if v.how == survived {
		v = b.test(ctx, k, bin, m.id(), "", 1, limit.all)
	}
	if v.how == survived && m.narrow == "" {
		v = b.test(ctx, k, bin, m.id(), m.by, rounds, rounds*limit.few)
	}
	return v
}

// rounds is how often those tests are tried again that are to notice a mutation and have
// not. What happens between two statements they meet by chance, and on a machine that
// does much else that is rarer.
const rounds = 10

// build builds a test binary in which some files have another text.
func (b *bench) build(ctx context.Context, k kind, texts map[string][]byte) (bin string, err error) {
	n := b.builds.Add(1)
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	for name, text := range texts {
		other := filepath.Join(b.scratch, fmt.Sprintf("%d-%s", n, filepath.Base(name)))
		if err := os.WriteFile(other, text, 0o666); err != nil {
			return "", err
		}
		overlay.Replace[name] = other
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	replace := filepath.Join(b.scratch, fmt.Sprintf("%d.json", n))
	if err := os.WriteFile(replace, list, 0o666); err != nil {
		return "", err
	}
	bin = filepath.Join(b.scratch, fmt.Sprintf("%d.test.exe", n))
	args := []string{"test", "-c", "-vet=off", "-overlay", replace, "-o", bin}
	if k.race {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, k.dir)...)
	cmd.Dir = b.root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	return bin, nil
}

// test runs the tests that match expr, or all in their short form, so many times while
// the mutation of this id is alive.
func (b *bench) test(ctx context.Context, k kind, bin, id, expr string, count int, limit time.Duration) verdict {
	ctx, cancel := context.WithTimeout(ctx, limit+least)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, "-test.failfast", "-test.timeout="+limit.String(), fmt.Sprintf("-test.count=%d", count))
	if expr != "" {
		cmd.Args = append(cmd.Args, "-test.run="+expr)
	} else {
		cmd.Args = append(cmd.Args, "-test.short")
	}
	cmd.Dir = filepath.Join(b.root, filepath.FromSlash(k.dir))
	mark := fmt.Sprintf("MUTATION_RUN=%s-%d", filepath.Base(b.scratch), b.runs.Add(1))
	cmd.Env = append(os.Environ(), alive+"="+id, mark)
	defer reap(mark)
	cmd.WaitDelay = time.Second // what it has started may have its output
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success():
		return verdict{how: survived}
	case ctx.Err() != nil:
		return verdict{hung, "not even the time limit of the tests ends it"}
	}
	return read(string(out))
}

// reap ends the processes that have mark in their environment: a mutation may make the
// workers of a pool outlive everything. Where there is no /proc it does nothing.
func reap(mark string) {
	names, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range names {
		env, _ := os.ReadFile(name)
		if !slices.Contains(strings.Split(string(env), "\x00"), mark) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill()
		}
	}
}

// read tells from the output of tests how they have failed.
func read(out string) verdict {
	first := func(expr string) string {
		if found := regexp.MustCompile(expr).FindStringSubmatch(out); found != nil {
			return strings.TrimSpace(found[1])
		}
		return ""
	}
	test := first(`(?m)^\s*--- FAIL: (\S+)`)
	crash := first(`(?m)^((?:panic|fatal error|SIG[A-Z]+): .*)$`)
	switch {
	case strings.HasPrefix(crash, "panic: test timed out"):
		return verdict{hung, first(`running tests:\n\s*(\S+)`)}
	case strings.Contains(crash, "deadlock"): // in a bubble, or everywhere
		return verdict{hung, crash}
	case crash != "":
		return verdict{crashed, crash}
	case strings.Contains(out, "WARNING: DATA RACE"):
		return verdict{raced, test}
	case test != "":
		return verdict{failed, test}
	case strings.Contains(out, "found unexpected goroutines"):
		return verdict{leaked, first(`in function (\S+)`)}
	default:
		lines := strings.Split(strings.TrimSpace(out), "\n")
		return verdict{failed, lines[len(lines)-1]}
	}
}
