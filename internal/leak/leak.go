// Package leak lets a test binary fail if goroutines are left that nobody can wake any
// more. The garbage collector finds them, as the profile goroutineleak, which Go 1.26
// has with GOEXPERIMENT=goroutineleakprofile and Go 1.27 always.
package leak

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
)

// OnPurpose is the variable in the environment that makes every test binary leak, to
// show that it is noticed.
const OnPurpose = "LEAK_ON_PURPOSE"

// A Check is what TestMain runs in place of its M.
type Check struct{ *testing.M }

// Run runs the tests. It returns 1 if they have failed or left goroutines behind that
// are blocked for ever.
func (c Check) Run() int {
	if os.Getenv(OnPurpose) != "" {
		leak()
	}
	code := c.M.Run()
	profile := pprof.Lookup("goroutineleak")
	if profile == nil {
		return code
	}
	var b bytes.Buffer
	if err := profile.WriteTo(&b, 1); err != nil {
		fmt.Fprintln(os.Stderr, "goroutineleak:", err)
		return 1
	}
	// Without leaks there is but the line that counts them.
	if count, stacks, _ := bytes.Cut(b.Bytes(), []byte("\n")); len(bytes.TrimSpace(stacks)) > 0 {
		fmt.Fprintf(os.Stderr, "goroutines are blocked for ever: %s\n%s", count, stacks)
		return 1
	}
	return code
}

// leak leaves a goroutine that is blocked for ever, and waits until it is: the profile
// does not have one that is still on its way there.
func leak() {
	go func() { select {} }()
	stacks := make([]byte, 64<<10)
	for !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("[select (no cases)")) {
		runtime.Gosched()
	}
}
