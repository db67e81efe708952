package future_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/future"
)

// A stepper runs its jobs when it is told to, one at a time and on the goroutine of
// whoever tells it: for a test, or for a program with a main loop such as a game.
type stepper struct{ jobs []future.Job }

// Execute keeps the job. It may not keep one whose context leaves it no time.
func (s *stepper) Execute(job future.Job) error {
	if end, ok := job.Context().Deadline(); ok && time.Until(end) < time.Minute {
		return errors.New("there is no time for that")
	}
	s.jobs = append(s.jobs, job)
	return nil
}

func (s *stepper) Step() {
	job := s.jobs[0]
	s.jobs = s.jobs[1:]
	job.Run()
}

// Close drops what was not run, so that nobody waits for it in vain.
func (s *stepper) Close() {
	for _, job := range s.jobs {
		job.Drop(errors.New("the game is over"))
	}
}

// An executor of one's own runs a job, drops it, or refuses it with an error.
func ExampleJob() {
	ctx := context.Background()
	frames := &stepper{}
	draw := future.Wrap(frames, func(what string) (string, error) { return what + " is on the screen", nil })
	sky, tree := draw(ctx, "sky"), draw(ctx, "tree")
	hurried, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	flash := draw(hurried, "flash")

	frames.Step()
	frames.Close()
	fmt.Println(sky.Await(ctx))
	fmt.Println(tree.Await(ctx))
	fmt.Println(flash.Await(ctx))
	// Output:
	// sky is on the screen <nil>
	//  the game is over
	//  there is no time for that
}
