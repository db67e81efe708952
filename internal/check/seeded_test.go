package check_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A seeded bug is one change to a copy of a file of the package.
type seededBug struct {
	name     string
	file     string
	old, new string // old occurs once
	test     string // that has to find it
}

var seededBugs = []seededBug{
	{
		"a setter that is refused and stores its value all the same", "future.go",
		"f.mu.Unlock()\n\t\treturn f.invalid(\"SetResult\")", "f.value = v\n\t\tf.mu.Unlock()\n\t\treturn f.invalid(\"SetResult\")",
		"TestFuturesAreLinearizable",
	},
	{
		"a Cancel that says true of a future that is done", "core.go",
		"return false\n\t}\n\tlinks, ok", "return true\n\t}\n\tlinks, ok",
		"TestFuturesAreLinearizable",
	},
	{
		"an Await that prefers its context to the outcome", "future.go",
		"need(ctx != nil, \"Await\", nilContext)", "need(ctx != nil, \"Await\", nilContext)\n\tif ctx.Err() != nil {\n\t\treturn *new(T), newContextError(ctx)\n\t}",
		"TestFuturesAreLinearizable",
	},
	{
		"callbacks that run in the opposite order", "callbacks.go",
		"push(&f.callbacks, &cb.node)", "pushFront(&f.callbacks, &cb.node)",
		"TestFuturesAreLinearizable",
	},
	{
		"a stop that says true after the start", "callbacks.go",
		"if !cb.linked() {\n\t\treturn false", "if !cb.linked() {\n\t\treturn true",
		"TestFuturesAreLinearizable",
	},
	{
		"callbacks that run beside each other", "callbacks.go",
		"if c.word.Load()&dispatching != 0 {", "if false {",
		"TestFuturesAreLinearizable",
	},
	{
		"a function that is entered after the gate was closed", "core.go",
		"return c.claim(entered, entered|dropped) }", "return c.claim(entered, entered) }",
		"TestTasksAreLinearizable",
	},
	{
		"a value that is thrown away after a request to cancel", "task.go",
		"if err == nil {\n\t\tstate = Succeeded", "if err == nil && ctx.Err() == nil {\n\t\tstate = Succeeded",
		"TestTasksAreLinearizable",
	},
	{
		"a task that is cancelled and says false", "task.go",
		"t.ctx.cancel(cause)\n\treturn true", "t.ctx.cancel(cause)\n\treturn false",
		"TestTasksAreLinearizable",
	},
	{
		"a Shield that cancels what it shields", "timeout.go",
		"if !s.leave() {", "if s := s.source.Load(); s != nil {\n\t\ts.cancelNow(cause)\n\t}\n\tif !s.leave() {",
		"TestDerivedFuturesAreLinearizable",
	},
	{
		"a Map that is cancelled after its function was entered", "chain.go",
		"if !d.drop() {", "if d.drop(); d.state() != Pending {",
		"TestDerivedFuturesAreLinearizable",
	},
	{
		"a Gather that takes a cancelled input for a success", "gather.go",
		"return f.state() != Succeeded }", "return f.state() == Failed }",
		"TestJoinsAreLinearizable",
	},
	{
		"a join that is done and says true to Cancel", "gather.go",
		"return false // the outcome is there", "return true // the outcome is there",
		"TestJoinsAreLinearizable",
	},
	{
		"a Gather that fails with what its own Cancel has cancelled", "gather.go",
		"j.claim(entered, entered|cancelling)", "j.enter()",
		"TestJoinsAreLinearizable",
	},
	{
		"a pool that runs one job too many", "worker.go",
		"return p.idle != nil || p.places.free()", "return p.idle != nil || p.places.used <= p.places.size",
		"TestPoolsAreLinearizable",
	},
	{
		"a cancelled job that stays in the queue", "executor.go",
		"p.discard(&j.jobHead)", "_ = p",
		"TestPoolsAreLinearizable",
	},
	{
		"a queue that lets the last job go first", "queue.go",
		"i := q.index(q.head)\n\tjob", "slot := q.tail - 1\n\tfor q.jobs[q.index(slot)] == nil {\n\t\tslot--\n\t}\n\ti := q.index(slot)\n\tjob",
		"TestPoolsAreLinearizable",
	},
	{
		"a queue that takes more than it has room for", "queue.go",
		"} else if b.room > 0 {\n\t\tb.room = b.capacity - b.front.live", "} else if b.room > 0 {\n\t\tb.room = b.capacity",
		"TestPoolsAreLinearizable",
	},
	{
		"a Shutdown that does not wait", "pool.go",
		"drained := p.drained\n", "drained := closed\n",
		"TestPoolsAreLinearizable",
	},
}

// TestEverySeededBugIsFound checks that each bug is found by a history that is not linearizable.
func TestEverySeededBugIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the package many times")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, bug := range seededBugs {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			bug.find(t, root)
		})
	}
}

func (bug seededBug) find(t *testing.T, root string) {
	dir := t.TempDir()
	path := filepath.Join(root, bug.file)
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), bug.old); n != 1 {
		t.Fatalf("what is to be broken occurs %d times in %s, not once: %s", n, bug.file, bug.old)
	}
	broken := filepath.Join(dir, bug.file)
	source = []byte(strings.Replace(string(source), bug.old, bug.new, 1))
	if err := os.WriteFile(broken, source, 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: broken}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(config, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", config,
		"-vet=off", "-ldflags=-w", "-gcflags=example.com/...=-l", // so it is built in two thirds of the time
		"-count=1", "-run", "^"+bug.test+"$", "-timeout", "2m", ".", "-each", "1m")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "TEMP="+dir) // the pages go with it
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("%s has not found it:\n%s", bug.test, out)
	}
	if !strings.Contains(string(out), "is not linearizable") {
		t.Fatalf("%s has failed in another way:\n%s", bug.test, out)
	}
}
