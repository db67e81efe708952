package future_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/future"
)

// A maintenanceGate refuses calls while the service is in maintenance, and hands the others on.
type maintenanceGate struct {
	next   future.Executor
	closed bool
}

var errMaintenance = errors.New("closed for maintenance")

func (g *maintenanceGate) Execute(job future.Job) error {
	if g.closed {
		return errMaintenance
	}
	return g.next.Execute(job)
}

// Executors can be put in front of each other: this one in front of a function that
// starts a goroutine. What Execute returns is the failure of the future.
func ExampleExecutorFunc_Execute() {
	goroutines := future.ExecutorFunc(func(run func()) error {
		go run()
		return nil
	})
	service := &maintenanceGate{next: goroutines}

	ctx := context.Background()
	call := future.Wrap0(service, func() (string, error) { return "served", nil })
	fmt.Println(call(ctx).Await(ctx))

	service.closed = true
	fmt.Println(call(ctx).Await(ctx))
	// Output:
	// served <nil>
	//  closed for maintenance
}
