package main

// ofExecutors breaks jobs and what hands them out.
func ofExecutors() []mutation {
	return []mutation{
		{
			in: "executor.go ExecutorFunc.Execute", from: "runtime.AddCleanup(h, forgotten, job)", to: "_ = runtime.GC",
			says: "a job that an executor forgets stays pending",
			by:   "TestAJobThatIsForgotten",
		},
		{
			in: "executor.go forgotten", from: "go job.Drop(errForgotten)", to: "job.Drop(errForgotten)",
			says: "what hangs on a forgotten job runs on the goroutine of the cleanups",
			by:   "TestWhatHangsOnAForgotten",
		},
		{
			in: "executor.go execute", from: "j.Drop(err)\n\t\tif err != ErrGoexit", to: "if err != ErrGoexit",
			says: "a job whose executor panics stays pending",
			by:   "TestWhateverAnExecutorDoes",
		},
		{
			in: "executor.go execute", from: "j.asTask().report(\"future: an executor panicked\", err)", to: "_ = err",
			says: "a panic of an executor that has run the job is swallowed",
			by:   "TestWhateverAnExecutorDoes",
		},
		{
			in: "executor.go execute", from: "err := ex.Execute(j); err != nil", to: "err := ex.Execute(j); false",
			says: "the error of an executor is swallowed",
			by:   "TestWhateverAnExecutorDoes|TestReject",
		},
		{
			in: "executor.go execute", from: "err == ErrGoexit && j.head().pool.Load() != nil", to: "err == nil",
			says: "a job is rejected because of a Goexit in a function of Map that hung on another",
			by:   "TestGoexitInAFunctionGivenToMapDoesNotReject",
		},
		{
			in: "executor.go execute", from: "err == ErrGoexit && j.head()", to: "j.head()",
			says: "a panic of an executor that has given the job to a pool is swallowed",
			by:   "TestWhateverAnExecutorDoes",
		},
		{
			in: "executor.go scope.defaultExecutor", from: "s = s.root\n", to: "",
			says: "every group within a Run makes an executor, which nobody shuts down",
			by:   "TestAGroupInARun",
		},
		{
			in: "executor.go job.Drop", from: "err = ErrRejected", to: "",
			says: "a job that is dropped without a reason fails without one",
			by:   "TestWhateverAnExecutorDoes",
		},
		{
			in: "executor.go job.Drop", from: "if j.drop() {", to: "{",
			says: "a job that runs can be dropped",
			by:   "TestAJobThatWasDropped",
		},
		{
			in: "executor.go job.Drop", from: "answer != nil {", to: "false && answer != nil {",
			says: "a job whose context ends while it waits for a place fails",
			by:   "TestBlock",
		},
		{
			in: "executor.go job.leave", from: "p.discard(&j.jobHead)", to: "_ = p",
			says: "a job that was cancelled stays in the queue",
			by:   "TestCancelledJobsMakeRoom|TestAMillionQueuedJobs|TestAJobThatIsDropped",
		},
		{
			in: "executor.go job.leave", from: "j.fn = nil", to: "",
			says: "a job that was dropped keeps its function",
			by:   "TestATaskThatIsDoneDoesNotKeepItsFunction",
		},
		{
			in: "executor.go job.leave", from: "j.task.ctx.close()", to: "",
			says: "the context of a job that was dropped stays open",
			by:   "TestTheContextOfAJobThatIsDropped",
		},
		{
			in: "executor.go job.run", from: "j.fn = nil", to: "",
			says: "a job that has run keeps its function",
			by:   "TestATaskThatIsDoneDoesNotKeepItsFunction",
		},
		{
			in: "executor.go job.cancel", from: "j.task.ctx.cancel(cause)", to: "",
			says: "cancelling a call that runs does not cancel its context",
			by:   "TestCancellingARunningCall",
		},
		{
			in: "executor.go job.cancel", from: "j.conclude(zero, newCancelled(cause, nil), Cancelled)", to: "(*link)(nil), j.state() == Pending\n\t_ = zero",
			says: "cancelling a call that runs does not settle its future",
			by:   "TestCancellingARunningCall",
		},
		{
			in: "executor.go job.cancel", from: "links, ok := j.conclude(zero, newCancelled(cause, nil), Cancelled)\n\tif ok {\n\t\tj.task.ctx.cancel(cause)\n\t}", to: "j.task.ctx.cancel(cause)\n\tlinks, ok := j.conclude(zero, newCancelled(cause, nil), Cancelled)",
			says: "a call that hears that it was cancelled may settle its future first",
			by:   "TestCancellingARunningCallComesBefore",
		},
		{
			in: "executor.go job.cancel", from: "if ok {\n\t\tj.task.ctx.cancel(cause)\n\t}\n\tdrain(links)", to: "drain(links)\n\tif ok {\n\t\tj.task.ctx.cancel(cause)\n\t}",
			says: "a function of Map that calls Goexit keeps a call from hearing that it was cancelled",
			by:   "TestACallHearsOfItsCancellation",
		},
		{
			in: "executor.go job.cancel", from: "drain(links)", to: "_ = links",
			says: "what hangs on a call that is cancelled stays pending",
			by:   "TestRunWaitsForCalls",
		},
		{
			in: "executor.go job.cancel", from: "return ok", to: "return true",
			says: "Cancel of a call that is done reports true",
			by:   "TestCancellingARunningCall",
		},
		{
			in: "executor.go job.abandon", from: "return j.refuse(newCancelled(cause, nil), Cancelled)", to: "j.refuse(newCancelled(cause, nil), Cancelled)\n\treturn true",
			says: "several cancels of a job in a queue say true",
			by:   "TestOneOfManyCancels",
		},
		{
			in: "executor.go job.abort", from: "j.cancel(cause)", to: "j.abandon(cause)",
			says: "a group that aborts waits for calls that do not look at their context",
			by:   "TestAScopeThatAborts",
		},
		{
			in: "executor.go job.lender", from: "return p", to: "_ = p",
			says: "a job that waits keeps its worker",
			by:   "TestEveryKindOfWaitLends",
		},
	}
}
