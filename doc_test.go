package future_test

import (
	"go/doc/comment"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheTableFromAsyncioNamesEverything(t *testing.T) {
	blocks := codeInTheDocs(t)["doc.go"]
	i := slices.IndexFunc(blocks, func(b string) bool { return strings.HasPrefix(b, asyncioTable+"\n") })
	if i < 0 {
		t.Fatal("there is no table from asyncio in doc.go")
	}
	names := exported(t)
	for _, want := range []struct{ theirs, ours string }{
		{"asyncio.Future", "New"},
		{"set_result", "SetResult"},
		{"set_exception", "SetException"},
		{"create_task", "Go"},
		{"gather", "Gather"},
		{"wait", "Wait"},
		{"as_completed", "AsCompleted"},
		{"wait_for", "WaitFor"},
		{"timeout", "Timeout"},
		{"shield", "Shield"},
		{"TaskGroup", "TaskGroup"},
		{"run", "Run"},
		{"to_thread", "Wrap"},
		{"run_in_executor", "RunInExecutor"},
		{"sleep", "Sleep"},
		{"all_tasks", "AllTasks"},
		{"current_task", "CurrentTask"},
		{"set_exception_handler", "SetExceptionHandler"},
	} {
		if _, ok := names[want.ours]; !ok {
			t.Errorf("the package has no %s", want.ours)
		}
		if !slices.ContainsFunc(strings.Split(blocks[i], "\n"), func(row string) bool {
			theirs, ours, ok := strings.Cut(row, "  ") // between the columns
			return ok && hasWord(theirs, want.theirs) && hasWord(ours, want.ours)
		}) {
			t.Errorf("no row of the table says that %s is %s here", want.theirs, want.ours)
		}
	}
}

// hasWord reports whether text has word, not as a part of another one.
func hasWord(text, word string) bool {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`).MatchString(text)
}

func TestTheSectionsOfThePackageDocumentation(t *testing.T) {
	var got []string
	for _, block := range packageDoc(t, "doc.go").Content {
		if h, ok := block.(*comment.Heading); ok {
			for _, text := range h.Text {
				got = append(got, string(text.(comment.Plain)))
			}
		}
	}
	want := []string{
		"Choosing", "Scopes", "Cancellation", "Errors", "Panics and Goexit", "Callbacks",
		"Executors", "Calls that leave the process", "Memory model", "Testing", "Performance",
		"From asyncio",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sections of doc.go (-want +got):\n%s", diff)
	}
}
