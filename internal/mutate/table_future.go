package main

// ofFuture breaks futures, tasks and their contexts.
func ofFuture() []mutation {
	return []mutation{
		// The core: states, waiters, links.
		{
			in: "core.go core.begin", from: "c.mu.Unlock()", to: "",
			says: "refusing to settle a future that is done keeps its mutex",
			by:   "TestWhoIsRefusedByAMoment",
		},
		{
			in: "core.go core.watch", from: "word = c.word.Or(watched)", to: "",
			says: "who registers leaves the shortcut of tasks open, which then tell nobody",
			by:   "TestGatherOfTasksThatFinishAllAtOnce",
		},
		{
			in: "core.go core.commit", from: "close(c.ready)", to: "",
			says: "the channel of those who wait stays open",
			by:   "TestAllWaitersThatBlockWake",
		},
		{
			in: "core.go core.commit", from: "c.owner.waiters().Done()", to: "",
			says: "a task that fails does not wake who is parked on it",
			by:   "TestAllWaitersThatBlockWake",
		},
		{
			in: "core.go core.commitUnwatched", from: "c.owner.waiters().Done()", to: "",
			says: "a task that succeeds does not wake who is parked on it",
			by:   "TestAllWaitersThatBlockWake",
		},
		{
			in: "core.go core.commit", from: "c.startDispatcher()", to: "",
			says: "callbacks are not started",
			by:   "TestCallbacksRunOnceInOrder",
		},
		{
			in: "core.go core.commit", from: "\tc.mu.Unlock()\n", to: "",
			says: "settling keeps the mutex",
			by:   "TestCallbacksRunOnceInOrder",
		},
		{
			in: "core.go core.commit", from: "c.links = nil", to: "",
			says: "a future that is done keeps what has followed it",
			by:   "TestAFutureThatIsDoneDoesNotKeepWhatHasFollowedIt",
		},
		{
			in: "core.go core.commit", from: "c.mu.Unlock()\n", to: "c.mu.Unlock()\n\tif links != nil {\n\t\tlinks = nil\n\t}\n",
			says: "what has registered is not fired",
			by:   "TestManyDerivedFuturesOfOneSourceAllSettle",
		},
		{
			in: "core.go core.enter", from: "entered|dropped", to: "entered",
			says: "a function is entered although the gate was closed",
			by:   "TestACancelledDerivedFutureDoesNotCallItsFunction|TestATaskIsEnteredOrCancelledBefore",
		},
		{
			in: "core.go core.drop", from: "entered|dropped", to: "dropped",
			says: "a task that runs is cancelled as if it did not",
			by:   "TestCancelOfARunningTaskIsARequest",
		},
		{
			in: "core.go core.register", from: "if !c.watch() {\n\t\treturn false\n\t}", to: "c.watch()",
			says: "a link that comes while the future is being settled is forgotten",
			by:   "TestNobodyBlocks|TestManyWaitersOfTheSameFutures|TestGatherMadeWhile|TestGatherIsSafe",
		},
		{
			in: "core.go core.unregister", from: "remove(&c.links, l)", to: "",
			says: "unregistering does nothing",
			by:   "TestWaitLeavesNothingRegistered",
		},
		{
			in: "core.go core.unregister", from: "c.state() == Pending && ", to: "",
			says: "unregistering touches links that are being fired",
			by:   "TestCancellingADerivedFutureRacesWithItsSource|TestCancelOfAShieldRacesWithItsSource",
		},
		{
			in: "core.go core.block", from: "if c.state() != Pending {\n\t\treturn nil\n\t}", to: "",
			says: "the end of the context may win over an outcome that is there",
			by:   "TestIfBothHoldTheOutcomeWins",
		},
		{
			in: "core.go core.block", from: "err = ErrDeadlock", to: "err = nil",
			says: "a wait that cannot end is said to have ended well",
			by:   "TestAWaitThatCannotEndOnAThreadLockedPool",
		},
		{
			in: "timeout.go core.waitFor", from: "return errExpired\n\t}\n\treturn err", to: "return nil\n\t}\n\treturn err",
			says: "a wait whose time is up is said to have ended well",
			by:   "TestAtTheDeadlineWaitFor",
		},
		{
			in: "core.go core.waitInTask", from: "return ErrSelfAwait", to: "_ = t",
			says: "a task that awaits itself waits",
			by:   "TestEveryWaitOfATaskForItself",
		},
		{
			in: "core.go core.park", from: "wg.Done() // nobody else will", to: "_ = wg",
			says:   "who parks while the task ends is not let go",
			narrow: "it takes a task that ends between two neighbouring statements, where no code of a caller runs",
		},
		{
			in: "core.go drain", from: "splice(&links, last)\n\t\tdrain(links)", to: "_ = last",
			says: "a function of Map that calls Goexit leaves the rest unsettled",
			by:   "TestManyGoexitsInOneSettling",
		},
		{
			in: "core.go drain", from: "push(&last, l)", to: "l.value.fire(nil)",
			says: "a task leaves its scope before all that hangs on it has settled",
			by:   "TestRunReturnsAfterWhat",
		},
		{
			in: "core.go all", from: "defer func() {\n\t\tif len(xs) > 0 {\n\t\t\tall(xs, f)\n\t\t}\n\t}()", to: "",
			says: "of several to be cancelled those are forgotten that come after a Goexit in a function of Map",
			by:   "TestGoexitInAFunctionGivenToMapKeepsNothing",
		},
		{
			in: "core.go all", from: "xs = xs[1:]", to: "xs = xs[len(xs):]",
			says: "of several to be cancelled only the first one is",
			by:   "TestCancelOfAJointCancelsEveryInput",
		},
		{
			in: "core.go all", from: "xs = xs[1:]\n\t\tf(x)", to: "f(x)\n\t\txs = xs[1:]",
			says:   "after a Goexit in a function of Map the same one is cancelled again",
			narrow: "the second time finds it done: what is wrong is a call in vain",
		},

		// Rings.
		{
			in: "ring.go push", from: "head.prev.next, head.prev = n, n", to: "head.prev.next = n",
			says: "a ring forgets its last element",
			by:   "TestCallbacksRunOnceInOrder",
		},
		{
			in: "ring.go pushFront", from: "*first = n", to: "",
			says: "what is to come first comes last",
			by:   "TestTheBusiestIdleWorkers",
		},
		{
			in: "ring.go remove", from: "*first = n.next", to: "_ = n",
			says: "the first element of a ring is not replaced when it goes",
			by:   "TestStopRemovesFirstMiddleLast",
		},
		{
			in: "ring.go remove", from: "n.next, n.prev = nil, nil", to: "",
			says: "what was taken out of a ring does not know",
			by:   "TestStopPreventsTheRun",
		},
		{
			in: "ring.go splice", from: "last.next, head.prev = head, last", to: "last.next = head",
			says: "joining two rings loses elements",
			by:   "TestALongChain|TestManyDerived",
		},
		{
			in: "ring.go each", from: "|| n == last", to: "|| n.next == last",
			says: "a walk through a ring leaves the last out",
			by:   "TestAllTasksAreTheUnfinished",
		},

		// Futures.
		{
			in: "future.go Future.SetResult", from: " && f.callbacks == nil", to: "",
			says: "SetResult forgets the callbacks",
			by:   "TestCallbacksRunOnceInOrder",
		},
		{
			in: "future.go Future.SetResult", from: " && f.links == nil", to: "",
			says: "SetResult forgets what hangs on the future",
			by:   "TestManyDerivedFuturesOfOneSourceAllSettle",
		},
		{
			in: "future.go Future.SetResult", from: "if f.owner != nil {\n\t\treturn f.invalid(\"SetResult\")\n\t}", to: "",
			says: "SetResult settles futures of tasks",
			by:   "TestTheSettersOfATaskRefuse",
		},
		{
			in: "future.go Future.SetResult", from: "f.mu.Unlock()\n\t\treturn f.invalid(\"SetResult\")", to: "f.mu.Unlock()\n\t\treturn nil",
			says: "SetResult on a done future claims to have set it",
			by:   "TestSettingADoneFutureIsRefused",
		},
		{
			in: "future.go Future.SetResult", from: "f.word.Store(uint32(Succeeded))", to: "f.word.Store(uint32(Succeeded))\n\t\tf.value = v",
			says: "SetResult writes the value after everybody may read it",
			by:   "TestWhatWasWrittenBeforeSettling|TestOfManySetters",
			race: true,
		},
		{
			in: "future.go Future.SetException", from: "err, result = ErrNilException, ErrNilException", to: "err = ErrNilException",
			says: "SetException of nil does not say so",
			by:   "TestSetExceptionOfNil",
		},
		{
			in: "future.go Future.SetException", from: "return f.invalid(\"SetException\")", to: "_ = newFailure(err, origin{})\n\t\treturn f.invalid(\"SetException\")",
			says: "an error that was refused is reported as one that nobody looked at",
			by:   "TestAnErrorThatWasRefusedIsNotReported",
		},
		{
			in: "future.go Future.SetException", from: "!f.begin() {\n\t\treturn f.invalid(\"SetException\")\n\t}\n\t// Only now: a failure that reaches nobody would be reported.\n\tdrain(f.commitFailure(Failed, newFailure(err, origin{})))", to: "f.state() != Pending {\n\t\treturn f.invalid(\"SetException\")\n\t}\n\tlinks, ok := f.settleFailed(Failed, newFailure(err, origin{}))\n\tif !ok {\n\t\treturn f.invalid(\"SetException\")\n\t}\n\tdrain(links)",
			says: "the error of a setter that was late by a moment is reported as one that nobody looked at",
			by:   "TestAnErrorThatASetterRefusesIsNotReported",
		},
		{
			in: "future.go Future.SetException", from: "f.owner != nil || ", to: "",
			says: "SetException settles futures of tasks",
			by:   "TestTheSettersOfATaskRefuse|TestSettingAnOwnedFuture",
		},
		{
			in: "future.go Future.Cancel", from: "return f.owner.cancel(cause)", to: "return f.cancelNow(cause)",
			says: "Cancel settles what is owned",
			by:   "TestCancelOfARunningTaskIsARequest",
		},
		{
			in: "core.go core.cancelNow", from: "newCancelled(cause, nil)", to: "newCancelled(nil, nil)",
			says: "Cancel loses the cause",
			by:   "TestCancelMakesAPendingFutureCancelledAtOnce",
		},
		{
			in: "core.go core.exception", from: "return c.failure.look()", to: "return c.failure.err",
			says: "looking at an error is not remembered",
			by:   "TestWhatWasLookedAtIsNotReported",
		},
		{
			in: "core.go core.exception", from: "return &InvalidStateError{Op: op, State: s}", to: "_ = op\n\t\treturn c.invalid(op)",
			says: "reading a pending task is refused because somebody else settles it",
			by:   "TestReadingAFutureBesideItsSetter",
		},
		{
			in: "future.go Future.Result", from: "f.exception(\"Result\", s)", to: "f.exception(\"Result\", f.state())",
			says: "Result looks for the error of a future that succeeds meanwhile",
			by:   "TestReadingAFutureBesideItsSetter",
		},
		{
			in: "future.go Future.Exception", from: "f.exception(\"Exception\", s)", to: "f.exception(\"Exception\", f.state())",
			says: "Exception looks for the error of a future that succeeds meanwhile",
			by:   "TestReadingAFutureBesideItsSetter",
		},
		{
			in: "future.go Future.LogValue", from: "attrs = append(attrs, slog.String(\"name\", name))", to: "",
			says: "the log does not name the task",
			by:   "TestTheLogValue",
		},
		{
			in: "core.go core.invalid", from: "err.note = \"its task or combinator settles it\"", to: "_ = 0",
			says: "who may not settle a future is not told why",
			by:   "TestSettingAnOwnedFuture|TestTheTextOfAnError",
		},

		// Callbacks.
		{
			in: "callbacks.go Future.AddDoneCallback", from: "push(&f.callbacks", to: "pushFront(&f.callbacks",
			says: "callbacks run in the wrong order",
			by:   "TestCallbacksRunOnceInOrder",
		},
		{
			in: "callbacks.go callback.stop", from: "remove(&f.callbacks, &cb.node)", to: "cb.value = cb",
			says: "stop does not keep the callback from running",
			by:   "TestStopPreventsTheRun",
		},
		{
			in: "callbacks.go callback.stop", from: "cb.fn = nil", to: "",
			says: "a callback that was stopped keeps what it refers to",
			by:   "TestAStoppedCallback",
		},
		{
			in: "callbacks.go callback.stop", from: "return false", to: "return true",
			says: "stop claims to have prevented what has run",
			by:   "TestStopWorksUntil",
		},
		{
			in: "callbacks.go core.startDispatcher", from: "c.word.Or(dispatching)", to: "",
			says: "two goroutines run the callbacks of one future",
			by:   "TestCallbacksOfOneFutureNeverOverlap",
		},
		{
			in: "callbacks.go core.startDispatcher", from: "!s.enter()", to: "true",
			says: "the scope does not wait for callbacks",
			by:   "TestRunReturnsAfterTheCallbacks",
		},
		{
			in: "callbacks.go core.dispatch", from: "c.word.And(^dispatching)", to: "",
			says: "a callback that is added later does not run",
			by:   "TestFuturesThatAreDoneCrossBubbles",
		},
		{
			in: "callbacks.go core.dispatch", from: "go c.dispatch(s) // the callback ended this goroutine", to: "",
			says: "after a callback that calls Goexit no other runs",
			by:   "TestACallbackThatDoesNotReturn",
		},
		{
			in: "callbacks.go core.dispatch", from: "s.leave()", to: "",
			says: "a scope waits for ever for callbacks that have run",
			by:   "TestRunReturnsAfterTheCallbacks",
		},
		{
			in: "callbacks.go core.callBack", from: "c.asTask().report(\"future: a done callback did not return\", exitError(recover()))", to: "_ = recover()",
			says: "a panic in a callback is swallowed",
			by:   "TestACallbackThatDoesNotReturn",
		},

		// Tasks.
		{
			in: "task.go task.call", from: "err = exitError(recover())", to: "err = ErrGoexit",
			says: "a panic in a task ends the program",
			by:   "TestAPanicFailsTheTask",
		},
		{
			in: "task.go answersCancel", from: "if !matches(err, ErrCancelled)", to: "if false && !matches(err, ErrCancelled)",
			says: "every error of a task whose context has ended makes it cancelled",
			by:   "TestHowTheFunctionOfATaskEnds",
		},
		{
			in: "task.go answersCancel", from: "newCancelled(cause, err)", to: "newCancelled(cause, nil)",
			says: "a cancelled task loses the answer of its function",
			by:   "TestHowTheFunctionOfATaskEnds|TestACancelledErrorUnwraps",
		},
		{
			in: "task.go answersCancel", from: "!matches(err, ErrCancelled) && ", to: "",
			says: "a task that answers with a CancelledError fails",
			by:   "TestHowTheFunctionOfATaskEnds",
		},
		{
			in: "task.go answersCancel", from: " && !matches(err, ended)", to: "",
			says: "a task that answers with the error of its context fails",
			by:   "TestHowTheFunctionOfATaskEnds",
		},
		{
			in: "task.go answersCancel", from: " && !matches(err, cause)", to: "",
			says: "a task that answers with the cause fails",
			by:   "TestHowTheFunctionOfATaskEnds",
		},
		{
			in: "task.go task.admitted", from: "t.ctx.parent.Err() != nil", to: "false",
			says: "a task whose context has ended by its turn runs",
			by:   "TestATaskWhoseContextHasEndedByItsTurn|TestAJobWhoseContextHasEnded",
		},
		{
			in: "task.go task.finish", from: "bits |= endedDead", to: "",
			says: "the context of a task forgets that its parent was the first to end",
			by:   "TestTheContextOfATaskRemembers",
		},
		{
			in: "task.go task.finish", from: "\tt.ctx.close()\n\tlinks, _", to: "\tlinks, _",
			says: "the context of a task does not end with it",
			by:   "TestATasksContext",
		},
		{
			in: "task.go task.finish", from: "t.ctx.close() // somebody may have come to need it", to: "",
			says:   "a context that somebody comes to need while its task ends stays open",
			narrow: "it takes a need for the context between two neighbouring statements, where no code of a caller runs",
		},
		{
			in: "task.go task.conclude", from: "push(&links, &link{value: more.scope})", to: "_ = 0",
			says: "the failure of a task does not cancel its group",
			by:   "TestTheFirstFailureCancels",
		},
		{
			in: "task.go task.conclude", from: "if s == Failed && more.scope != nil && more.scope.note(err, t.ctx.origin()) {\n\t\tpush(&links, &link{value: more.scope})\n\t}\n\tsplice(&links, t.store(v, err, s))", to: "links = t.store(v, err, s)\n\tif s == Failed && more.scope != nil && more.scope.note(err, t.ctx.origin()) {\n\t\tpush(&links, &link{value: more.scope})\n\t}",
			says:   "a group hears of a failure after those who wait for the task",
			narrow: "who has waited would have to be faster than the next statement; what hangs on the task comes after both",
		},
		{
			in: "task.go task.conclude", from: "s == Failed && ", to: "s != Succeeded && ",
			says: "a task that is cancelled makes its group fail",
			by:   "TestATaskCancelledByItself",
		},
		{
			in: "task.go task.conclude", from: "push(&links, &more.last)", to: "",
			says: "a task does not leave its scope",
			by:   "TestTaskGroupWaits",
		},
		{
			in: "task.go task.cancel", from: "if t.state() != Pending {\n\t\treturn false\n\t}", to: "",
			says: "Cancel of a task that is done reports true",
			by:   "TestCancelOfARunningTask",
		},
		{
			in: "task.go scopedTask.run", from: "t.fn = nil", to: "",
			says: "a task keeps its function",
			by:   "TestATaskThatIsDoneDoesNotKeepItsFunction",
		},
		{
			in: "task.go scopedTask.abandon", from: "t.fn = nil", to: "",
			says: "a task that was cancelled before it ran keeps its function",
			by:   "TestATaskThatIsDoneDoesNotKeepItsFunction",
		},
		{
			in: "lend.go task.lender", from: "m.scope.places.size > 0", to: "m.scope.places.size > 1",
			says: "under a limit of one a task that waits keeps its place",
			by:   "TestATaskThatWaitsLendsItsPlace",
		},
		{
			in: "name.go taskContext.number", from: "c.number.CompareAndSwap(0, taskNumber.Add(1))", to: "c.number.Store(taskNumber.Add(1))",
			says: "a task has several names",
			by:   "TestATaskAskedForItsName",
		},
		{
			in: "task.go taskContext.origin", from: "m.scope.group\n", to: "false\n",
			says: "what a group returns is reported as well",
			by:   "TestWhatAGroupReturnsIsNotReported|TestAFailureInAGroup",
		},
		{
			in: "lend.go taskContext.lendingTo", from: "defer l.reclaim(ctx, t, deadlock)", to: "",
			says: "a task that has waited goes on without a place",
			by:   "TestAPlaceThatWasLent",
		},
		{
			in: "lend.go taskContext.lendingTo", from: "checkStalled(w.on)", to: "",
			says: "nobody looks for a deadlock when a task between two jobs begins to wait",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "lend.go taskContext.lendingTo", from: "defer t.endWait(n)", to: "",
			says: "a task is held to wait when it does no more",
			by:   "TestATaskThatHasGivenUpWaiting",
		},
		{
			in: "lend.go taskContext.endWait", from: "checkStalled(t.own.base())", to: "",
			says: "a deadlock is not seen when the wait of a task ends that could end",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "task.go task.sources", from: "if w.over() {", to: "if w.over() && false {",
			says: "a task whose wait is about to end is part of a deadlock",
			by:   "TestAWaitWhoseContextHasEnded",
		},

		// Their contexts.
		{
			in: "context.go taskContext.materialise", from: "!t.real.CompareAndSwap(nil, r)", to: "t.real.Store(r); false",
			says: "of two that need the context at once, one gets another, which nobody cancels",
			by:   "TestAContextThatTwoNeedAtOnce",
		},
		{
			in: "context.go taskContext.materialise", from: "cancel(nil)\n\t\treturn t.real.Load()", to: "return t.real.Load()",
			says: "a context that was made in vain stays registered with its parent",
			by:   "TestAContextThatTwoNeedAtOnce",
		},
		{
			in: "context.go taskContext.materialise", from: "ended != 0 {\n\t\tcancel(nil)", to: "ended != 0 {",
			says: "a context that is made while its task ends stays open",
			by:   "TestAContextThatIsNeededJustAsItsTaskEnds",
		},
		{
			in: "context.go taskContext.materialise", from: "parent = context.WithoutCancel(parent)", to: "_ = 0",
			says: "the context of a task that has ended has the cause of its parent's later end",
			by:   "TestATasksContext",
		},
		{
			in: "context.go taskContext.Err", from: "return t.materialise().Err()", to: "return context.Canceled",
			says: "the context of a task calls a missed deadline a cancellation",
			by:   "TestATasksContext",
		},
		{
			in: "context.go taskContext.Err", from: " && t.parent.Err() == nil", to: "",
			says: "the context of a task does not hear of its parent's end",
			by:   "TestATasksContext",
		},
		{
			in: "context.go taskContext.Value", from: "return t.parent.Value(key)", to: "return nil",
			says: "the context of a task has no values",
			by:   "TestATasksContext|TestACallSeesTheValues",
		},

		// Chains.
		{
			in: "chain.go derived.decided", from: "d.source.Store(nil)", to: "",
			says: "a derived future that is done keeps its source",
			by:   "TestADerivedFutureThatIsDoneDoesNotKeepItsSource",
		},
		{
			in: "chain.go derived.leave", from: "source.unregister(&d.link)", to: "_ = source",
			says: "a cancelled derived future stays registered with its source",
			by:   "TestACancelledDerivedFutureTakes",
		},
		{
			in: "chain.go derived.follow", from: "drain(self.fire(&d.link))", to: "",
			says: "what follows a future that is done stays pending",
			by:   "TestMapChangesValue",
		},
		{
			in: "core.go core.copyFailure", from: "src.failure.pass()", to: "src.failure",
			says: "handing an error on does not make somebody look at it",
			by:   "TestAFailureOfABubble",
		},
		{
			in: "chain.go mapped.fire", from: "m.src, m.fn = nil, nil", to: "",
			says: "a long chain keeps its beginning",
			by:   "TestADerivedFutureThatIsDoneDoesNotKeepItsSource",
		},
		{
			in: "chain.go mapped.fire", from: "err = exitError(recover())", to: "err = ErrGoexit",
			says: "a panic in a function of Map reaches the setter",
			by:   "TestAPanicOrAnErrorInTheFunction",
		},
		{
			in: "chain.go mapped.fire", from: "drain(m.settle(v, err)) // nothing returns from here", to: "_ = m.settle(v, err)",
			says: "after Goexit in a function of Map the chain stays pending",
			by:   "TestGoexitInMap|TestManyGoexits",
		},
		{
			in: "chain.go flattened.fire", from: " || inner == &fl.Future", to: "",
			says: "Flatten of itself waits for ever",
			by:   "TestFlattenOfItself",
		},
		{
			in: "chain.go flattened.fire", from: "fl.source.Store(&inner.core)", to: "",
			says: "a cancelled Flatten stays registered with the inner future",
			by:   "TestCancellingAFlatten|TestACancelledDerivedFutureTakes",
		},
		{
			in: "chain.go flattened.fire", from: "inner.unregister(&fl.link)", to: "_ = inner",
			says:   "a Flatten that is cancelled just as its outer future is done stays registered",
			narrow: "it takes a cancel between two neighbouring statements, where no code of a caller runs",
		},
		{
			in: "chain.go Catch", from: "c.passOn(f.failure.look(), Cancelled)", to: "c.passOn(f.failure.look(), Failed)",
			says: "Catch makes a failure of a cancellation",
			by:   "TestCatchDoesNotCatch|TestTheBranchNotTaken",
		},
		{
			in: "chain.go chained.follow", from: "source.unregister(&c.link) // ctx ended before there was a link to take back", to: "_ = source",
			says: "a Then whose context ends at once stays registered with its source",
			by:   "TestAThenThatIsCancelledAtOnce",
		},
		{
			in: "chain.go mapped.cancel", from: "m.src, m.fn = nil, nil", to: "",
			says: "a Map that was cancelled keeps its source and its function",
			by:   "TestADerivedFutureThatWasCancelled|TestATaskThatIsDoneDoesNotKeep",
		},
		{
			in: "chain.go flattened.cancel", from: "fl.forget()", to: "",
			says: "a Flatten that was cancelled keeps its source",
			by:   "TestADerivedFutureThatWasCancelled",
		},
		{
			in: "chain.go chained.abandon", from: "c.bind, c.pass = nil, nil", to: "",
			says: "a Then that was cancelled keeps its function",
			by:   "TestATaskThatIsDoneDoesNotKeep",
		},
		{
			in: "chain.go chained.sources", from: "return c.task.sources(yield)", to: "return false",
			says: "a deadlock through the function of a Then is not seen",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "task.go task.finish", from: " && t.ctx.real.Load() == nil", to: "",
			says: "a task is done before its context has ended",
			by:   "TestTheContextOfATaskHasEnded",
		},
		{
			in: "carried.go carried.Begin", from: "ctx.Err() != nil", to: "false",
			says: "a call begins although its context has ended",
			by:   "TestACarriedCallWhoseContext",
		},
		{
			in: "report.go report", from: " && p != nil", to: "",
			says: "a failure with a nil *PanicError ends the process",
			by:   "TestAFailureWhoseErrorIsANil",
		},
		{
			in: "report.go unread.take", from: "u.gone.Stop()", to: "",
			says: "a failure that was looked at is kept if its error leads back to it",
			by:   "TestAFailureThatWasDealtWith",
		},
		{
			in: "core.go core.failureOrigin", from: "o.silent = true", to: "",
			says: "a failure that a group has told is reported once more",
			by:   "TestAnyHandsTheOrigin",
		},
		{
			in: "core.go core.failureOrigin", from: "o = t.origin()", to: "",
			says: "a join that a cancelled task fails is not reported to its scope",
			by:   "TestAnyHandsTheOrigin",
		},
		{
			in: "core.go core.failureOrigin", from: "o.silent = t.parent.Err() != nil", to: "o.silent = false",
			says: "a join is reported that fails because a context has ended",
			by:   "TestAJoinOfTasksThatEnd",
		},
		{
			in: "errors.go same", from: "reflect.ValueOf(a).Comparable()", to: "true",
			says: "a context with an error that cannot be compared panics",
			by:   "TestAContextMayEndWithAnError",
		},
		{
			in: "errors.go same", from: "return reflect.DeepEqual(a, b)", to: "return false",
			says: "an error that cannot be compared is not found",
			by:   "TestAnErrorThatCannotBeCompared",
		},
		{
			in: "errors.go matches", from: "defer func() { _ = recover() }() // yes is false then", to: "",
			says: "a failure is lost because of the methods of another error",
			by:   "TestAnErrorWhoseIsMethodPanics",
		},
		{
			in: "errors.go contains", from: "slices.ContainsFunc(e.Unwrap(), ", to: "slices.ContainsFunc(e.Unwrap()[:0], ",
			says: "a cause is not found in an error that joins several",
			by:   "TestAnErrorThatCannotBeCompared",
		},
		{
			in: "chain.go chained.follow", from: "c.more.watch()", to: "",
			says: "a Then that waits does not hear of the end of its context",
			by:   "TestThenAndCatchAreCancelled",
		},
		{
			in: "chain.go chained.run", from: "pprof.SetGoroutineLabels(c.ctx.parent)", to: "_ = pprof.Do",
			says: "a chained task has the labels of who settled its source",
			by:   "TestAChainedTaskDoesNotGet",
		},
		{
			in: "chain.go chained.abandon", from: "source.unregister(&c.link)", to: "_ = source",
			says: "a cancelled Then stays registered with its source",
			by:   "TestACancelledDerivedFutureTakes|TestThenAndCatchTakeTheir",
		},

		// Errors.
		{
			in: "errors.go newCancelled", from: "cause = nil", to: "",
			says: "the cause context.Canceled is said twice",
			by:   "TestTheCauseSeenInACancelledTask",
		},
		{
			in: "errors.go CancelledError.Is", from: " || target == context.Canceled", to: "",
			says: "a cancellation does not match context.Canceled",
			by:   "TestACancelledFutureAndAnEndedContext",
		},
		{
			in: "errors.go CancelledError.Unwrap", from: "nonNil(e.Cause, e.answer)", to: "nonNil(e.answer)",
			says: "a cancellation does not match its cause",
			by:   "TestACancelledErrorUnwraps",
		},
		{
			in: "errors.go contextError.Is", from: "target != ErrCancelled && ", to: "",
			says: "the end of one's own context looks like a cancelled future",
			by:   "TestTheErrorOfAWaitWhoseContextEnded",
		},
		{
			in: "errors.go contextError.As", from: "return false", to: "",
			says: "the end of one's own context is a CancelledError",
			by:   "TestTheErrorOfAWaitWhoseContextEnded|TestTheErrorOfAnEndedWait",
		},
		{
			in: "errors.go newContextError", from: "cause == nil || same(cause, err)", to: "true",
			says: "a wait that its context ends loses the cause",
			by:   "TestTheErrorOfAWaitWhoseContextEnded",
		},
		{
			in: "errors.go GroupError.Unwrap", from: "append([]error(nil), e.errs...)", to: "e.errs",
			says: "a GroupError gives its own slice out",
			by:   "TestTheSliceThatAGroupError",
		},
		{
			in: "errors.go closedError.Unwrap", from: "return e.cause", to: "return nil",
			says: "a task that an aborting group refuses does not say why",
			by:   "TestGoInAGroupThatAborts",
		},
	}
}
