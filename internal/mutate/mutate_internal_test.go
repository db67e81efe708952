package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// toy is a package with a test for each way of noticing a mutation.
var toy = map[string]string{ //nolint:gochecknoglobals // never changes
	"go.mod": "module toy\n\ngo 1.26.0\n",
	"toy.go": `package toy

func Sum(a, b int) int {
	return a + b
}

func Twice(a int) int {
	a = 2 * a
	a = 1 * a
	return a
}

func Deliver(c chan int, v int) {
	c <- v
}

func First(vs []int) int {
	if len(vs) == 0 {
		return 0
	}
	return vs[0]
}

type T[E any] struct{ e E }

func (t *T[E]) Get() E { return t.e }

const Name = "toy"
`,
	"toy_test.go": `package toy

import "testing"

func TestSum(t *testing.T) {
	if Sum(2, 3) != 5 || Name != "toy" {
		t.Error(Sum(2, 3), Name)
	}
}

func TestDeliver(t *testing.T) {
	c := make(chan int, 1)
	Deliver(c, 1)
	<-c
}

func TestFirst(t *testing.T) {
	First(nil)
}
`,
}

// bench makes a bench of a module with the toy.
func toyBench(t *testing.T, ms []mutation) *bench {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range toy {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOWORK", "off")
	b, err := newBench(t.Context(), dir, ms)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b
}

func TestEveryMutationGetsItsVerdict(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	tests := []struct {
		mutation

		want outcome
	}{
		{mutation{in: "toy.go Sum", from: "a + b", to: "a - b", says: "noticed by the test that is named", by: "TestSum"}, failed},
		{mutation{in: "toy.go Sum", from: "a + b", to: "a * b", says: "noticed by another test", by: "TestFirst"}, failed},
		{mutation{in: "toy.go", from: "Name = \"toy\"", to: "Name = \"boy\"", says: "outside of functions"}, failed},
		{mutation{in: "toy.go Sum", from: "a + b", to: "b + a", says: "the same"}, survived},
		{mutation{in: "toy.go T.Get", from: "return t.e", to: "return *new(E)", says: "a method that no test calls"}, survived},
		{mutation{in: "toy.go Deliver", from: "c <- v", to: "_ = v", says: "no wake-up"}, hung},
		{mutation{in: "toy.go First", from: "len(vs) == 0", to: "len(vs) > 0", says: "a wrong comparison"}, crashed},
		{mutation{in: "toy.go Twice", from: " * a", to: " + a", says: "twice there"}, broken},
		{mutation{in: "toy.go Twice", from: "three", to: "four", says: "not there"}, broken},
		{mutation{in: "toy.go Twice", from: "2 * a", to: "2 * b", says: "does not compile"}, broken},
		{mutation{in: "toy.go Sum", from: "a + b", to: "a + b", says: "no change"}, broken},
		{mutation{in: "toy.go Product", from: "a", to: "b", says: "no such function"}, broken},
		{mutation{in: "toy.go Sum", from: "a + b", to: "a", says: "no such test", by: "TestProduct"}, broken},
	}
	ms := make([]mutation, len(tests))
	for i, test := range tests {
		ms[i] = test.mutation
	}
	b := toyBench(t, ms)
	if err := b.prepare(t.Context(), ms); err != nil {
		t.Fatal(err)
	}
	b.limits[kind{"./.", false}] = limits{least / 10, least / 10}
	for _, test := range tests {
		if v := b.try(t.Context(), test.mutation); v.how != test.want {
			t.Errorf("%s: %s [%s], want %s", test.says, v.how, v.what, test.want)
		}
	}
	var out bytes.Buffer
	if b.check(&out, ms) || !strings.Contains(out.String(), fmt.Sprintf("7 of %d mutations apply", len(ms))) {
		t.Errorf("check says %s", &out)
	}
	for name, text := range toy {
		if got, err := os.ReadFile(filepath.Join(b.root, name)); string(got) != text || err != nil {
			t.Errorf("%s has changed: %v", name, err)
		}
	}
}

func TestWhatARunLeavesBehindIsEnded(t *testing.T) {
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("there is no /proc")
	}
	const mark = "MUTATION_RUN=TestWhatARunLeavesBehindIsEnded"
	cmd := exec.CommandContext(t.Context(), "cat")
	cmd.Env = []string{mark}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// A process has started before its environment can be read. When it answers it can.
	if _, err := io.WriteString(in, "?"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	reap(mark)
	in.Close() // now it ends at the latest
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Errorf("it ended with %v", err)
	}
}

func TestTheBalanceCountsWhatWasNoticed(t *testing.T) {
	var (
		y   tally
		out bytes.Buffer
	)
	for _, how := range []outcome{failed, hung, survived, broken} {
		y.add(mutation{}, verdict{how: how})
	}
	y.add(mutation{narrow: "a reason"}, verdict{how: survived})
	y.add(mutation{narrow: "a reason"}, verdict{how: failed})
	y.print(&out, 0)
	if !strings.Contains(out.String(), "noticed 2 of 4 ") || !strings.Contains(out.String(), " 2 more ") || y.bad != 2 {
		t.Errorf("%d are bad, the balance is %s", y.bad, &out)
	}
}

func TestASampleIsThatOfItsSeed(t *testing.T) {
	var ms []mutation
	for i := range 100 {
		ms = append(ms, mutation{in: fmt.Sprint(i)})
	}
	ms = append(ms, mutation{in: "narrow", narrow: "a reason"})
	all := regexp.MustCompile("")
	one, again, other := choose(ms, all, 10, 1), choose(ms, all, 10, 1), choose(ms, all, 10, 2)
	if len(one) != 10 || fmt.Sprint(one) != fmt.Sprint(again) || fmt.Sprint(one) == fmt.Sprint(other) {
		t.Errorf("%v, %v, %v", one, again, other)
	}
	if n := len(choose(ms, all, 0, 1)); n != 101 {
		t.Errorf("without a sample there are %d", n)
	}
	if n := len(choose(ms, all, 1000, 1)); n != 100 {
		t.Errorf("a sample of more than there are has %d", n)
	}
	if n := len(choose(ms, regexp.MustCompile("^7"), 0, 1)); n != 11 {
		t.Errorf("an expression finds %d, want 11", n)
	}
}

func TestWaysToNoticeAreToldFromTheOutput(t *testing.T) {
	for out, want := range map[string]verdict{
		"--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\nFAIL\n":                                    {failed, "TestA"},
		"panic: test timed out after 1s\n\trunning tests:\n\t\tTestA (1s)\n":                                {hung, "TestA"},
		"--- FAIL: TestA (0.00s)\npanic: deadlock: all goroutines in bubble are blocked\n":                  {hung, "panic: deadlock: all goroutines in bubble are blocked"},
		"fatal error: all goroutines are asleep - deadlock!\n":                                              {hung, "fatal error: all goroutines are asleep - deadlock!"},
		"panic: boom\n\ngoroutine 1 [running]:\n":                                                           {crashed, "panic: boom"},
		"WARNING: DATA RACE\n--- FAIL: TestA (0.00s)\n":                                                     {raced, "TestA"},
		"PASS\ngoleak: Errors on successful test run: found unexpected goroutines:\n[in function f.g, x]\n": {leaked, "f.g,"},
		"PASS\nsomething else\n": {failed, "something else"},
	} {
		if got := read(out); got != want {
			t.Errorf("%q is read as %v, want %v", out, got, want)
		}
	}
}
