package process

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"sync"
)

// A setup is what a worker is told before its first call.
type setup struct {
	Start string `json:",omitempty"` // key of a start function
}

// starts are the functions given to WithStart. A worker runs the same binary, whose
// package-level variables are initialised in the same order, so it has them under the
// same keys.
var starts = struct { //nolint:gochecknoglobals // the registry of this process
	mu    sync.Mutex
	count map[string]int
	byKey map[string]func() error
}{count: map[string]int{}, byKey: map[string]func() error{}}

// registerStart returns the key of fn: its name in the binary, and a number, since one
// literal can make several functions.
func registerStart(fn func() error) setup {
	name := "?"
	if f := runtime.FuncForPC(reflect.ValueOf(fn).Pointer()); f != nil {
		name = f.Name()
	}
	starts.mu.Lock()
	defer starts.mu.Unlock()
	starts.count[name]++
	key := fmt.Sprintf("%s#%d", name, starts.count[name])
	starts.byKey[key] = fn
	return setup{Start: key}
}

// function finds the function in this process, nil if there is none to run.
func (s setup) function() (func() error, error) {
	if s.Start == "" {
		return nil, nil
	}
	starts.mu.Lock()
	defer starts.mu.Unlock()
	fn := starts.byKey[s.Start]
	if fn == nil {
		return nil, fmt.Errorf("future: WithStart: the worker has no function %s: it runs another binary, or initialises it under a condition", s.Start)
	}
	return fn, nil
}

func (s setup) encode() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic("future: bug: " + err.Error())
	}
	return b
}
