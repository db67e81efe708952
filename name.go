package future

import (
	"strconv"
	"sync/atomic"
)

// taskNumber counts the automatic names that were asked for.
var taskNumber atomic.Uint32 //nolint:gochecknoglobals // names are unique in the process

func (t *taskContext) name() string {
	if t.more != nil && t.more.name != "" {
		return t.more.name
	}
	return autoName(t.number())
}

// number returns the number of the automatic name.
func (t *taskContext) number() uint32 {
	c := t.own.base()
	if n := c.number.Load(); n != 0 {
		return n
	}
	c.number.CompareAndSwap(0, taskNumber.Add(1))
	return c.number.Load()
}

// autoName returns the n-th automatic name.
func autoName(n uint32) string { return "Task-" + strconv.FormatUint(uint64(n), 10) }
