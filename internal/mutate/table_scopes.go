package main

// ofScopes breaks scopes and what they do with their tasks: limits, names, reports.
func ofScopes() []mutation {
	return []mutation{
		{
			in: "scope.go unscoped.Value", from: "return (*scope)(nil)", to: "_ = 0",
			says: "Detach does not leave the scope",
			by:   "TestDetachLeaves",
		},
		{
			in: "scope.go scope.open", from: "s.handler = outer.handler", to: "_ = outer",
			says: "a scope within a scope has no handler",
			by:   "TestANestedRun",
		},
		{
			in: "scope.go scope.open", from: "s.abortTasks()", to: "_ = 0",
			says: "the end of the context leaves tasks that were not entered waiting",
			by:   "TestWhatEndsAGroup",
		},
		{
			in: "scope.go scope.open", from: "<-s.Done()", to: "_ = 0",
			says: "what the end of the context cancels may not know the cause",
			by:   "TestWhatTheEndOfAContextCancels",
		},
		{
			in: "scope.go scope.close", from: "s.unwatch()", to: "",
			says: "a scope that has ended stays registered with its context",
			by:   "TestARunThatHasEndedLeaves",
		},
		{
			in: "scope.go scope.close", from: "s.cancel(ErrScopeClosed)", to: "",
			says: "the context of a scope does not end with it",
			by:   "TestRunReturnsWhatMainReturns|TestAGroupIsAContext",
		},
		{
			in: "scope.go scope.beginLocked", from: "s.aborting || s.ended", to: "s.ended",
			says: "a later failure takes the place of the first as the cause",
			by:   "TestGroupCancelEndsTheGroup",
		},
		{
			in: "scope.go scope.note", from: "!s.supervised && ", to: "",
			says: "a failure under supervision cancels the others",
			by:   "TestUnderSupervision",
		},
		{
			in: "scope.go scope.note", from: "s.failures = append(s.failures, noted{err, o})", to: "s.failures = append([]noted{{err, o}}, s.failures...)",
			says: "a GroupError has the failures in the wrong order",
			by:   "TestAGroupErrorHasTheFailures",
		},
		{
			in: "scope.go scope.abort", from: "s.abortTasks()", to: "_ = 0",
			says: "a group that aborts leaves tasks that were not entered waiting",
			by:   "TestWhatEndsAGroup",
		},
		{
			in: "scope.go scope.fire", from: "s.abort()", to: "s.cancel(s.cause)",
			says: "a task that fails leaves those waiting that were not entered",
			by:   "TestTheFirstFailureCancels",
		},
		{
			in: "scope.go scope.abortTasks", from: "context.Cause(s.Context)", to: "s.cause",
			says: "what the end of the context cancels does not know the cause",
			by:   "TestWhatEndsAGroup",
		},
		{
			in: "scope.go scope.abortTasks", from: "all(s.snapshot(), func(t **taskContext) { (*t).runner().abort(cause) })", to: "for _, t := range s.snapshot() {\n\t\tt.runner().abort(cause)\n\t}",
			says: "a function of Map that calls Goexit keeps tasks of a group from being cancelled",
			by:   "TestGoexitInAFunctionGivenToMapKeepsNothing",
		},
		{
			in: "scope.go scope.snapshot", from: "n.value.own.base().state() == Pending", to: "true",
			says: "a task that is done is one of all tasks",
			by:   "TestATaskThatIsDoneButHasNotLeft",
		},
		{
			in: "scope.go scope.admit", from: "!s.aborting && !s.ended", to: "!s.ended",
			says: "a group that aborts takes new tasks",
			by:   "TestGoInAGroupThatAborts",
		},
		{
			in: "scope.go scope.admit", from: "!s.aborting && !s.ended", to: "!s.aborting",
			says: "a group that has ended takes new tasks",
			by:   "TestGoInAGroupThatAborts",
		},
		{
			in: "scope.go scope.admit", from: "s.cancel(cause)", to: "_ = cause",
			says: "a task that returns the refusal of a group that aborts fails",
			by:   "TestAGroupThatRefusesTasks",
		},
		{
			in: "scope.go scope.admit", from: "s.group && !s.ended", to: "s.group",
			says: "what a group that has ended refuses is not reported",
			by:   "TestATaskThatAnAbortingGroupRefuses",
		},
		{
			in: "scope.go scope.remove", from: "remove(&s.waiting, &m.queue)", to: "",
			says: "a task that was cancelled in the queue of a limit gets a place",
			by:   "TestCancelOfATaskThatWaitsForAPlace|TestCancellingTasksWhileTheyQueue",
		},
		{
			in: "scope.go scope.remove", from: "s.places.leave(&m.place)", to: "",
			says: "a task under a limit does not give its place back",
			by:   "TestALimitLetsSoMany",
		},
		{
			in: "scope.go scope.enter", from: "s.count++", to: "",
			says: "a scope counts its callbacks only when they end",
			by:   "TestRunReturnsAfterTheCallbacks",
		},
		{
			in: "scope.go scope.leaveLocked", from: "s.ended = true", to: "",
			says: "a scope does not know that it has ended",
			by:   "TestGoInAGroupThatAborts",
		},
		{
			in: "scope.go scope.leaveLocked", from: "close(s.idle)", to: "",
			says: "a scope does not hear that its last task is done",
			by:   "TestTaskGroupWaits",
		},
		{
			in: "scope.go scope.join", from: "return t.lending(ctx, waiting{on: &j.self}, wait) == nil", to: "return wait(nil) == nil",
			says: "a task that waits for its group keeps its place",
			by:   "TestEveryKindOfWaitLends|TestATaskThatWaitsLends",
		},
		{
			in: "scope.go scope.join", from: "s.note(ErrDeadlock, origin{ctx: ctx}) || s.begin(ErrDeadlock)", to: "s.note(ErrDeadlock, origin{ctx: ctx})",
			says: "a deadlock of a Run within a job is not ended",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "scope.go scope.join", from: "go s.abort()", to: "s.abort()",
			says: "a function of Map that calls Goexit ends the wait of a group for its tasks",
			by:   "TestGoexitInAFunctionGivenToMapKeepsNothing",
		},
		{
			in: "scope.go scope.removeUnread", from: "remove(&s.unread, &u.list)", to: "",
			says: "a scope keeps the failures that somebody has looked at",
			by:   "TestALongRun",
		},

		// Groups.
		{
			in: "group.go Group.Cancel", from: "cause = context.Canceled", to: "",
			says: "a group that is cancelled without a cause refuses for no reason",
			by:   "TestGroupCancel",
		},
		{
			in: "group.go TaskGroup", from: "answersCancel(g, ctx, err) == nil && ", to: "",
			says: "a body that answers its cancellation has failed",
			by:   "TestTheEndOfTheContextEndsAGroup|TestGroupCancel",
		},
		{
			in: "group.go TaskGroup", from: "defer s.reportFailures(ctx) // also when a function given to Map ends this goroutine\n\t\t\ts.begin(ErrScopeClosed)\n\t\t\ts.abort()", to: "s.begin(ErrScopeClosed)\n\t\t\ts.abort()\n\t\t\ts.reportFailures(ctx)",
			says: "a group whose body panics does not wait when a function of Map calls Goexit",
			by:   "TestGoexitInAFunctionGivenToMapKeepsNothing",
		},
		{
			in: "group.go TaskGroup", from: "if !returned {", to: "if !returned && s == nil {",
			says: "a group whose body panics leaves its tasks alone",
			by:   "TestABodyThatDoesNotReturn",
		},
		{
			in: "group.go scope.reportFailures", from: "s.join(ctx, nil)", to: "_ = ctx",
			says: "a group whose body panics does not wait",
			by:   "TestABodyThatDoesNotReturn",
		},
		{
			in: "group.go scope.reportFailures", from: "s.close()", to: "",
			says: "a group whose body has panicked stays registered with its context",
			by:   "TestARunThatHasEndedLeaves",
		},
		{
			in: "group.go scope.reportFailures", from: "range s.failures", to: "range s.failures[:0]",
			says: "the failures of a group whose body panics are swallowed",
			by:   "TestABodyThatDoesNotReturn",
		},
		{
			in: "group.go scope.result", from: "!matches(f.err, first)", to: "!matches(nil, first)",
			says: "a GroupError has the echoes of its first failure",
			by:   "TestAGroupErrorHasTheFailures",
		},
		{
			in: "group.go scope.result", from: "s.supervised || ", to: "",
			says: "a supervised group takes a failure for an echo of the first",
			by:   "TestUnderSupervision",
		},
		{
			in: "group.go scope.result", from: "s.failures = nil // whoever keeps the group does not keep them", to: "",
			says: "who keeps a group that has ended keeps its failures",
			by:   "TestAGroupThatHasEnded|TestAGroup",
		},
		{
			in: "group.go scope.result", from: "return newContextError(ctx)", to: "return nil",
			says: "a group whose context ends returns no error",
			by:   "TestTheEndOfTheContextEndsAGroup",
		},
		{
			in: "group.go WithLimit", from: "n >= 1", to: "n >= 0",
			says: "a limit of nothing is taken for none",
			by:   "TestNilArgumentsOfGo|TestALimit",
		},

		// Runs.
		{
			in: "run.go scope.shutdown", from: "s.begin(ErrScopeClosed)", to: "",
			says: "a Run that ends takes new tasks",
			by:   "TestRunWaitsForCalls",
		},
		{
			in: "run.go scope.shutdown", from: "s.abort()", to: "",
			says: "a Run does not cancel what is left",
			by:   "TestRunCancelsWhatIsLeft",
		},
		{
			in: "run.go scope.shutdown", from: "defer s.finish(ctx, o) // also when a function given to Map ends this goroutine\n\ts.begin(ErrScopeClosed)\n\ts.abort()", to: "s.begin(ErrScopeClosed)\n\ts.abort()\n\ts.finish(ctx, o)",
			says: "a Run does not wait when a function of Map calls Goexit",
			by:   "TestGoexitInAFunctionGivenToMapKeepsNothing",
		},
		{
			in: "run.go scope.finish", from: "bound, waiting := context.WithoutCancel(ctx), ctx", to: "bound, waiting := ctx, ctx",
			says: "a Run whose context has ended does not wait",
			by:   "TestARunWhoseContextHasEnded",
		},
		{
			in: "run.go scope.finish", from: "defer cancel()", to: "_ = cancel",
			says: "the timer of a shutdown is left behind",
			by:   "TestARunThatHasEndedLeaves",
		},
		{
			in: "run.go scope.finish", from: "s.reportRunning(\"task\", s.snapshot())", to: "",
			says: "a task that Run leaves behind is not reported",
			by:   "TestTheShutdownTimeoutOfRun",
		},
		{
			in: "run.go scope.finish", from: "made.Shutdown(bound) != nil", to: "false",
			says: "a Run does not shut its executor down",
			by:   "TestRunShutsTheExecutorDown|TestRunWaitsForCalls",
		},
		{
			in: "run.go scope.finish", from: "s.reportRunning(\"call of the default executor\", made.calls())", to: "_ = 0",
			says: "a call that Run leaves behind is not reported",
			by:   "TestTheShutdownTimeoutReportsTheCalls",
		},
		{
			in: "run.go scope.finish", from: "s.close()", to: "",
			says: "a Run that has ended stays registered with its context",
			by:   "TestARunThatHasEndedLeaves",
		},
		{
			in: "scope.go scope.reportUnread", from: "u.take()", to: "(u.take() || true)",
			says: "a failure is reported although somebody looks at it while Run reports others",
			by:   "TestRunDoesNotReportWhatItsHandlerHasLookedAt",
		},

		// Limits.
		{
			in: "limit.go scope.place", from: "!s.places.free()", to: "s.places.used > s.places.size",
			says: "one task too many runs under a limit",
			by:   "TestALimitLetsSoMany",
		},
		{
			in: "limit.go scope.place", from: "push(&s.waiting", to: "pushFront(&s.waiting",
			says: "tasks under a limit start in the wrong order",
			by:   "TestALimitLetsSoMany",
		},
		{
			in: "limit.go scope.place", from: "return false\n\t}\n\tif !s.places", to: "_ = m\n\t}\n\tif !s.places",
			says: "a task that is done gets a place which nobody gives back",
			by:   "TestATaskThatIsDoneBeforeItHasAPlace",
		},
		{
			in: "limit.go scope.grant", from: "n.value.more.placed = true", to: "",
			says: "a task that has waited for its place does not give it back",
			by:   "TestALimitLetsSoMany",
		},
		{
			in: "limit.go taskContext.granted", from: "pprof.SetGoroutineLabels(t.parent)", to: "_ = pprof.Do",
			says: "a task has the labels of who gave it its place",
			by:   "TestATaskThatGetsThePlace",
		},
		{
			in: "limit.go scope.lend", from: "s.grant()", to: "",
			says: "a place that is lent is given to nobody",
			by:   "TestATaskThatWaitsLends",
		},
		{
			in: "run.go scope.reportRunning", from: "Context: t.origin().ctx,", to: "",
			says: "the report of a task that does not stop loses its context",
			by:   "TestTheShutdownTimeoutOfRun",
		},
		{
			in: "group.go scope.reportFailures", from: "Context: f.origin.ctx,", to: "",
			says: "the report of a failure in a group whose body panics loses its context",
			by:   "TestTheReportOfAFailureInAGroup",
		},
		{
			in: "scope.go scope.admit", from: "cause = c // it had ended before", to: "_ = c",
			says: "a task that is refused after the end of the context is a failure",
			by:   "TestARefusalAfterTheEnd",
		},
		{
			in: "run.go scope.finish", from: "waiting = bound", to: "_ = waiting",
			says: "the shutdown timeout does not hold while Run has lent its place",
			by:   "TestTheShutdownTimeoutHolds",
		},
		{
			in: "timeout.go shield.cancel", from: "s.src = nil", to: "",
			says: "a Shield that was cancelled keeps its source",
			by:   "TestADerivedFutureThatWasCancelled",
		},
		{
			in: "timeout.go timedOut.expire", from: "t.src = nil", to: "",
			says: "a Timeout whose time is up keeps its source",
			by:   "TestADerivedFutureThatWasCancelled",
		},
		{
			in: "stream.go Stream", from: " && started[0].state() != Failed", to: "",
			says: "a stream whose context ends loses the error of a call",
			by:   "TestAStreamWhoseContextEnds",
		},

		// Places.
		{
			in: "place.go places.lend", from: "ps.giveUp(p) // who wanted it back goes on, while this one waits\n\tif p.lent {\n\t\treturn false\n\t}", to: "ps.giveUp(p)",
			says: "a task that waits twice at once gives two places away",
			by:   "TestATaskThatWaitsTwice",
		},
		{
			in: "place.go places.lend", from: "ps.giveUp(p)", to: "",
			says: "a task that waits once more while it wants its place back gets one for nothing",
			by:   "TestATaskThatWaitsAgain|TestATaskThatWaitsTwice",
		},
		{
			in: "place.go places.lend", from: "ps.used--", to: "",
			says: "a place that is lent is given to nobody",
			by:   "TestATaskThatWaitsLends|TestJobsCanWaitForJobs",
		},
		{
			in: "place.go places.reclaim", from: "if p.waits > 0 {", to: "if false {",
			says: "a task that still waits takes its place back",
			by:   "TestATaskThatWaitsTwice",
		},
		{
			in: "lend.go taskContext.lendingTo", from: "if lent {", to: "if lent || true {",
			says: "a wait that began before its task ends one that did not",
			by:   "TestAWaitThatBeganBeforeTheTask",
		},
		{
			in: "place.go places.reclaim", from: "ps.take(p)\n\t\treturn nil", to: "ps.take(p)",
			says: "a task that has its place back waits for it",
			by:   "TestATaskThatWaitsLends|TestEveryKindOfWait",
		},
		{
			in: "place.go places.reclaim", from: "if ps.free() {", to: "if true {",
			says: "a task goes on although its place was given away",
			by:   "TestAPlaceThatWasLent|TestNeverMoreTasksCompute",
		},
		{
			in: "place.go places.comeBack", from: "ps.take(n.value.place)", to: "",
			says: "a place goes to a task that has gone on without one",
			by:   "TestATaskThatWantsItsPlaceBack|TestAJobGoesOnWhenThereIsAPlace",
		},
		{
			in: "place.go places.comeBack", from: "if n.linked() {", to: "if true {",
			says:   "a task whose context ends when it has its place back takes another",
			narrow: "it takes a context that ends between two neighbouring statements",
		},
		{
			in: "place.go places.take", from: "ps.giveUp(p)", to: "",
			says: "a task waits for a place that it has",
			by:   "TestATaskThatWaitsLends|TestJobsCanWaitForJobs",
		},
		{
			in: "place.go places.take", from: "ps.used++", to: "",
			says: "a place that is taken back is not counted",
			by:   "TestNeverMoreTasksCompute|TestAJobGoesOnWhenThereIsAPlace",
		},
		{
			in: "place.go places.leave", from: "ps.giveUp(p)", to: "",
			says: "a task that has ended gets the place that a goroutine of it wants back",
			by:   "TestATaskThatEndsWhileAGoroutine",
		},
		{
			in: "place.go places.leave", from: "if !p.lent {", to: "if true {",
			says: "a place that is lent is given back twice",
			by:   "TestAGoroutineThatOutlivesItsTask",
		},
		{
			in: "place.go places.giveUp", from: "close(n.value.home)", to: "",
			says: "a goroutine whose place was taken back by another waits for ever",
			by:   "TestATaskThatWaitsAgain|TestATaskThatWaitsLends",
		},

		// Memberships.
		{
			in: "membership.go membership.open", from: "t.parent = pprof.WithLabels(t.parent, pprof.Labels(\"task\", m.name))", to: "",
			says: "a named task has no label",
			by:   "TestANamedTaskCarries",
		},
		{
			in: "membership.go membership.start", from: "m.watch()", to: "",
			says: "a task that waits for its place does not hear of the end of its context",
			by:   "TestATaskThatWaitsForItsPlace",
		},
		{
			in: "membership.go membership.watch", from: "stop() // it was settled before there was something to stop", to: "_ = stop",
			says: "a task whose context ends at once stays registered with it",
			by:   "TestAThenThatIsCancelledAtOnce",
		},
		{
			in: "membership.go membership.annotate", from: "region.End()", to: "_ = region",
			says: "the region of a task in the trace has no end",
			by:   "TestATraceHas",
		},
		{
			in: "membership.go membership.annotate", from: "pprof.SetGoroutineLabels(context.Background())", to: "_ = 0",
			says: "a worker keeps the label of its last job",
			by:   "TestANamedTaskCarries",
		},
		{
			in: "membership.go membership.fire", from: "(*stop)()", to: "_ = stop",
			says: "a task that is done stays registered with its context",
			by:   "TestThenAndCatchLeaveNothing",
		},
		{
			in: "membership.go membership.fire", from: "m.trace.End()", to: "",
			says: "the trace does not have the end of a task",
			by:   "TestATraceHas",
		},

		// Reports.
		{
			in: "report.go report", from: "r.Context = context.Background()", to: "",
			says: "a report may have no context",
			by:   "TestAFailureNobodyLooksAt",
		},
		{
			in: "report.go report", from: "r.Stack = p.Stack", to: "_ = p",
			says: "the report of a panic has no stack",
			by:   "TestACallbackThatDoesNotReturn|TestTheReportOfAPanic",
		},
		{
			in: "report.go taskContext.report", from: "h = o.scope.handler", to: "_ = o.scope",
			says: "what goes wrong beside a task is not reported to the handler of its scope",
			by:   "TestAReportsHandlerMaySleep",
		},
		{
			in: "report.go taskContext.report", from: "r.Task, r.Context = o.task(), o.ctx", to: "_ = o",
			says: "the report of what goes wrong beside a task does not name it",
			by:   "TestAReportOfATasksCallback",
		},
		{
			in: "report.go report", from: " && !survives(func() { logReport(r) })", to: "",
			says: "what the handler fails at is not logged",
			by:   "TestAHandlerThatDoesNotReturn",
		},
		{
			in: "report.go survives", from: "_ = recover() // the caller goes on with the next handler", to: "",
			says: "a handler that panics ends the program",
			by:   "TestAHandlerThatDoesNotReturn",
		},
		{
			in: "report.go logReport", from: "attrs = append(attrs, slog.Any(\"error\", r.Err))", to: "",
			says: "the log of a report does not have the error",
			by:   "TestTheDefaultHandler",
		},
		{
			in: "report.go failure.look", from: "u.take()", to: "_ = u",
			says: "an error is reported although somebody has looked at it",
			by:   "TestWhatWasLookedAt",
		},
		{
			in: "report.go failure.pass", from: "_ = f.look()", to: "",
			says: "an error that was handed on is reported twice",
			by:   "TestHandingAnErrorOn",
		},
		{
			in: "report.go unread.settle", from: "u.scope.removeUnread(u)", to: "",
			says: "a scope remembers the failures that somebody has looked at",
			by:   "TestALongRun",
		},
		{
			in: "report.go unread.collected", from: "go u.report()", to: "u.report()",
			says: "a handler that blocks holds up the cleanups of the program",
			by:   "TestAHandlerThatBlocks",
		},
		{
			in: "report.go unread.report", from: "h = u.scope.handler", to: "_ = 0",
			says: "a failure in a scope is reported to the wrong handler",
			by:   "TestRunReports",
		},
	}
}
