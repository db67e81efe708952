package future_test

import (
	"testing"

	"example.com/future/internal/leak"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// On js/wasm the runtime has a goroutine of its own.
	goleak.VerifyTestMain(leak.Check{M: m}, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}
