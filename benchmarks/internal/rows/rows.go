// Package rows has the work that is measured: what this package promises about its
// speed and size, done with it, by hand, and with every other package that can do it.
//
// Every side does the same job and checks its result. What it leaves out is said beside
// it. The others are used as their documentation recommends.
package rows

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"example.com/future/benchmarks/internal/measure"
)

// Names of sides. The first two are in every row.
const (
	Ours = "future"
	Hand = "by hand"

	conc       = "conc"
	errGroup   = "errgroup"
	mo         = "samber/mo"
	lo         = "samber/lo"
	ants       = "ants"
	pondName   = "pond"
	pondTasks  = "pond tasks"
	workerpool = "workerpool"
	failsafe   = "failsafe-go"
)

// Modules are those of the packages that are measured, by the names of their sides.
var Modules = map[string]string{
	conc:       "github.com/sourcegraph/conc",
	errGroup:   "golang.org/x/sync",
	mo:         "github.com/samber/mo",
	lo:         "github.com/samber/lo",
	ants:       "github.com/panjf2000/ants/v2",
	pondName:   "github.com/alitto/pond/v2",
	pondTasks:  "github.com/alitto/pond/v2",
	workerpool: "github.com/gammazero/workerpool",
	failsafe:   "github.com/failsafe-go/failsafe-go",
}

// Absent are packages that one might look for in vain, and why.
var Absent = []struct{ Names, Why string }{
	{
		"jizhuozhi/go-future, asmsh/promise, chebyrash/promise, reugn/async, kelindar/async, fillmore-labs/async-exp, destel/rill, " +
			"Jeffail/tunny, b97tsk/async, noneback/go-taskflow, ycl2018/go-future, Trendyol/go-future, CAFxX/async, " +
			"ecryth/asyncigo, metalgrid/go-future, Allan-Jacobs/go-futures, capitalone/go-future-context",
		"their modules could not be fetched when this was written",
	},
	{"fanliao/go-promise", "has not changed since 2014, and has no types"},
	{"joeycumines/go-eventloop", "needs Go 1.27, this module is built with Go 1.26 too"},
	{"jackc/puddle", "is a pool of resources, and runs no jobs"},
}

// All returns every row, with its goals.
func All() []Goaled {
	return []Goaled{
		settle(), doneAwait(), doneResult(), doneDone(),
		goBackground(), goCancellable(), gatherTasks(), callback(), mapChain(1_000), waiters(10_000),
		pool(), poolSubmitters(1), poolSubmitters(4), poolSubmitters(16), poolSubmitters(64), queueWait(), queueMemory(), pendingMemory(), chainStack(),
	}
}

// answer is the function that tasks and jobs run.
func answer(context.Context) (int, error) { return 42, nil }

// plain is answer for those who hand no context over.
func plain() (int, error) { return 42, nil }

// A result is where something written by hand keeps one.
type result struct {
	v   int
	err error
}

var errWrong = errors.New("wrong result")

// check complains unless a result is 42.
func check(v int, err error) error {
	if err != nil {
		return err
	}
	if v != 42 {
		return fmt.Errorf("%w: %d", errWrong, v)
	}
	return nil
}

// checkAll complains unless there are n results, each of which is 42.
func checkAll(vs []int, n int, err error) error {
	if err != nil {
		return err
	}
	if len(vs) != n {
		return fmt.Errorf("%w: %d in place of %d", errWrong, len(vs), n)
	}
	for _, v := range vs {
		if v != 42 {
			return fmt.Errorf("%w: %d", errWrong, v)
		}
	}
	return nil
}

// checkResults is checkAll for results with errors of their own.
func checkResults(rs []result) error {
	for _, r := range rs {
		if err := check(r.v, r.err); err != nil {
			return err
		}
	}
	return nil
}

// units writes a size, which is 0 where there are many.
func units(n int) string {
	switch {
	case n == 0:
		return "n"
	case n >= 1_000:
		return fmt.Sprintf("%d,%03d", n/1_000, n%1_000)
	}
	return strconv.Itoa(n)
}

// each does one operation after the other.
func each(operation func(size int) error) func(*measure.Turn) error {
	return func(t *measure.Turn) error {
		for range t.N {
			if err := operation(t.Size); err != nil {
				return err
			}
		}
		return nil
	}
}

// peer is a side of another package.
func peer(name, how, less string, do func(*measure.Turn) error) measure.Side {
	return measure.Side{Name: name, Module: Modules[name], How: how, Less: less, Do: do}
}

// most bounds the size of a side.
func most(n int, s measure.Side) measure.Side {
	s.Most = n
	return s
}

// ours is the side of this package.
func ours(how string, do func(*measure.Turn) error) measure.Side {
	return measure.Side{Name: Ours, How: how, Do: do}
}

// hand is the side that is written by hand.
func hand(how, less string, do func(*measure.Turn) error) measure.Side {
	return measure.Side{Name: Hand, How: how, Less: less, Do: do}
}
