package main

// ofJoining breaks what waits for several futures, or for a time.
func ofJoining() []mutation {
	return []mutation{
		// Gather and its kin.
		{
			in: "gather.go Gather", from: "return f.state() != Succeeded", to: "return f.state() == Failed",
			says: "Gather takes a cancelled input for a value",
			by:   "TestCancelledInputMakesGatherFail",
		},
		{
			in: "gather.go Any", from: "return f.state() == Succeeded", to: "return f.state() != Cancelled",
			says: "Any takes a failure for a value",
			by:   "TestAnyGivesTheFirstSuccess|TestAnyOfFailures",
		},
		{
			in: "gather.go startJoint", from: "int64(len(fs)) + 1", to: "int64(len(fs))",
			says: "a join is decided while its inputs are still being registered",
			by:   "TestOfInputsDoneAlready|TestGatherOfNothing|TestGatherMadeWhile",
		},
		{
			in: "gather.go startJoint", from: "unregister(inputs) // some may have been registered after the decision", to: "_ = 0",
			says:   "a join that is decided at once stays registered",
			narrow: "it takes an input that settles between two neighbouring statements, where no code of a caller runs",
		},
		{
			in: "gather.go input.fire", from: "entered|cancelling", to: "entered",
			says: "an input decides a join that is being cancelled",
			by:   "TestCancelledJointIsCancelled",
		},
		{
			in: "gather.go joint.count", from: "j.left.Add(-1) > 0", to: "j.left.Add(-1) > 1",
			says: "a join does not wait for its last input",
			by:   "TestGatherGivesValues|TestGatherSettledGives",
		},
		{
			in: "gather.go joint.release", from: "unregister(inputs)", to: "_ = inputs",
			says: "a join that is decided stays registered with the losers",
			by:   "TestJoiningALongLivedFuture",
		},
		{
			in: "gather.go joint.release", from: "j.inputs = nil", to: "",
			says: "a join that is done keeps its inputs",
			by:   "TestAJoinThatIsDoneDoesNotKeepItsInputs",
		},
		{
			in: "gather.go joint.failWith", from: "f.state() == Cancelled", to: "false",
			says: "nobody has to look at the error of a Gather that failed for a cancelled input",
			by:   "TestAJoinThatIsHandedAnError",
		},
		{
			in: "gather.go joint.failWith", from: "j.fail(f.failure.pass())", to: "j.fail(f.failure)",
			says: "an error that a Gather has handed on is reported only with its input",
			by:   "TestAJoinThatIsHandedAnError",
		},
		{
			in: "gather.go joint.cancel", from: "if j.claim(cancelling, entered|cancelling) {", to: "j.claim(cancelling, entered|cancelling)\n\t{",
			says: "the last cause of a cancelled join stays, not the first",
			by:   "TestASecondCancelOfAJoint",
		},
		{
			in: "gather.go joint.cancel", from: "return false // the outcome is there, or about to be", to: "_ = 0",
			says: "a join whose inputs are done claims to be cancelled",
			by:   "TestCancelOfADoneJoint|TestCancelOfAJointWhoseInputsAreDone",
		},
		{
			in: "gather.go joint.cancel", from: "in.f.Cancel(cause)", to: "_ = in",
			says: "cancelling a join does not cancel its inputs",
			by:   "TestCancelOfAJointCancelsEveryInput",
		},
		{
			in: "gather.go joint.cancel", from: "all(inputs, func(in *input[T, R]) { in.f.Cancel(cause) })", to: "for i := range inputs {\n\t\tinputs[i].f.Cancel(cause)\n\t}",
			says: "a function of Map that calls Goexit keeps inputs of a join from being cancelled",
			by:   "TestGoexitInAFunctionGivenToMapKeepsNothing",
		},
		{
			in: "gather.go Await2", from: "return a.value, b.value, nil", to: "return a.value, *new(B), nil",
			says: "Await2 loses the second value",
			by:   "TestAwaitNReturnsTheValues|TestAwaitNTakes",
		},

		// Wait, AsCompleted and AwaitN.
		{
			in: "wait.go Wait", from: "c.state() == Failed", to: "c.state() != Succeeded",
			says: "FirstException counts a cancellation",
			by:   "TestWaitReturnsWhenItsModeSays",
		},
		{
			in: "wait.go Wait", from: "fs = append([]*Future[T](nil), fs...)", to: "",
			says: "Wait reads the caller's slice while it waits",
			by:   "TestWaitCopiesItsInputs",
		},
		{
			in: "wait.go AsCompleted", from: "defer w.stop()", to: "",
			says: "breaking out of AsCompleted leaves it registered",
			by:   "TestBreakingOutOfAsCompleted",
		},
		{
			in: "wait.go multiwait.start", from: "make(chan struct{}, 1)", to: "make(chan struct{})",
			says: "a wake-up that comes before the wait is lost",
			by:   "TestWaitLosesNoWakeUp",
		},
		{
			in: "wait.go multiwait.start", from: "it.fire(nil)", to: "_ = it",
			says: "an input that settles while it is being registered is not seen",
			by:   "TestAsCompletedBeginsWhileAnInputEnds",
		},
		{
			in: "wait.go multiwait.until", from: "defer w.stop()", to: "",
			says: "Wait stays registered",
			by:   "TestWaitLeavesNothingRegistered",
		},
		{
			in: "wait.go multiwait.until", from: "return nil\n\t\t\t\t}\n\t\t\t}", to: "_ = c\n\t\t\t\t}\n\t\t\t}",
			says: "the end of the context wins over what is done",
			by:   "TestWaitPrefersWhatIsDone",
		},
		{
			in: "wait.go item.fire", from: "w.mu.Lock()\n\tpush(&w.fired, &it.order)\n\tw.mu.Unlock()", to: "push(&w.fired, &it.order)",
			says: "inputs that settle at once spoil the list of those that are done",
			by:   "TestWaitLosesNoWakeUp",
		},
		{
			in: "wait.go multiwait.next", from: "w.give(n.value)", to: "(w.give(n.value) || true)",
			says: "AsCompleted yields an index twice",
			by:   "TestAsCompletedYieldsEveryIndexOnce",
		},
		{
			in: "wait.go multiwait.next", from: "return i, ErrSelfAwait", to: "return i, nil",
			says: "a task that waits for itself among others is told that it is done",
			by:   "TestATaskAmongItsOwnAsCompleted|TestATaskThatWaitsForItself",
		},
		{
			in: "wait.go multiwait.giveRest", from: "if w.items[w.rest].c.state() != Pending {\n\t\terr = nil\n\t}", to: "",
			says: "what is done when the context ends is yielded with the context's error",
			by:   "TestAsCompletedPrefersWhatIsDone",
		},
		{
			in: "wait.go multiwait.block", from: "case <-w.wake:\n\t\t\treturn nil\n\t\tdefault:\n\t\t}\n\t\tselect {", to: "default:\n\t\t}\n\t\tselect {",
			says:   "AsCompleted may prefer the end of its context to what is done",
			narrow: "next looks once more at what is done, whatever block returns",
		},
		{
			in: "wait.go multiwait.block", from: "return taskOf(ctx).lending(ctx, waiting{&w.self, ctx}, wait)", to: "return wait(nil)",
			says: "a task that waits for several futures keeps its place",
			by:   "TestEveryKindOfWaitLends|TestATaskThatWaitsLends",
		},
		{
			in: "wait.go multiwait.sources", from: "return w.first", to: "return false",
			says: "a wait for the first of several is held to need all of them",
			by:   "TestNoDeadlockIsSeen",
		},

		// Time.
		{
			in: "timeout.go Sleep", from: "case <-ctx.Done():\n\t\treturn newContextError(ctx)", to: "",
			says: "Sleep does not end with its context",
			by:   "TestSleepEndsWithItsContext",
		},
		{
			in: "timeout.go Sleep", from: "if ctx.Err() != nil {\n\t\treturn newContextError(ctx)\n\t}", to: "",
			says: "Sleep of no time does not see that its context has ended",
			by:   "TestSleepForZeroOrLess",
		},
		{
			in: "timeout.go After", from: "if a.enter() {", to: "{",
			says:   "an After that was cancelled may succeed",
			narrow: "begin lets only one of the two settle the future: the gate says the same before",
		},
		{
			in: "timeout.go after.cancel", from: "a.timer.Stop()", to: "",
			says: "a cancelled After leaves its timer behind",
			by:   "TestAfterTakesATimer",
		},
		{
			in: "timeout.go WaitFor", from: "err, cause = ErrTimeout, ErrTimeout", to: "err = ErrTimeout",
			says: "WaitFor cancels without its cause",
			by:   "TestAtTheDeadlineWaitFor",
		},
		{
			in: "timeout.go WaitFor", from: "f.Cancel(cause) || f.state() == Pending", to: "f.Cancel(cause)",
			says: "WaitFor returns that there is no outcome yet where one is on its way",
			by:   "TestWaitForDoesNotWaitForAnOutcome",
		},
		{
			in: "timeout.go WaitFor", from: "err == ErrSelfAwait || ", to: "",
			says: "a task that gives WaitFor itself is cancelled",
			by:   "TestWaitForTheTaskItself",
		},
		{
			in: "timeout.go timedOut.fire", from: "t.stop() // after that: see Timeout", to: "_ = 0",
			says: "a Timeout whose source is done leaves its timer behind",
			by:   "TestTimeoutReleasesItsTimer",
		},
		{
			in: "timeout.go timedOut.fire", from: "links := t.shield.fire(l)\n\tt.stop() // after that: see Timeout\n", to: "t.stop()\n\tlinks := t.shield.fire(l)\n",
			says: "a Timeout whose source ends meanwhile leaves its timer behind",
			by:   "TestTimeoutWhoseSource",
		},
		{
			in: "timeout.go Timeout", from: "timer.Stop() // done before there was a timer to stop", to: "_ = timer",
			says: "a Timeout whose source is done before there is a timer leaves it behind",
			by:   "TestTimeoutWhoseSource",
		},
		{
			in: "timeout.go timedOut.cancel", from: "defer t.stop()", to: "",
			says: "a cancelled Timeout leaves its timer behind",
			by:   "TestTimeoutReleasesItsTimer",
		},
		{
			in: "timeout.go timedOut.expire", from: "if t.leave() {", to: "t.leave()\n\t{",
			says:   "a Timeout fails although its source was first",
			by:     "TestTimeoutEndsAsItsSource|TestTimeoutRaces",
			narrow: "fail settles nothing that is done: what is wrong is an error made in vain",
		},
		{
			in: "timeout.go shield.fire", from: "s.src = nil", to: "",
			says: "a shield that is done keeps its source",
			by:   "TestADerivedFutureThatIsDoneDoesNotKeepItsSource",
		},

		// Streams.
		{
			in: "stream.go Stream", from: "len(started) < window", to: "len(started) <= window",
			says: "a stream reads in one more than its window",
			by:   "TestStreamReadsInNoFurther",
		},
		{
			in: "stream.go Stream", from: "defer stop()", to: "_ = stop",
			says: "a stream that ends early does not stop its input",
			by:   "TestBreakCancelsAndWaits|TestAnInputThatDoesNotReturn",
		},
		{
			in: "stream.go Stream", from: "settleCall(ctx, f)", to: "_ = f",
			says: "a stream does not wait for its calls",
			by:   "TestBreakCancelsAndWaits",
		},
		{
			in: "stream.go Stream", from: "unscoped{ctx}", to: "ctx",
			says: "the calls of a stream are tasks of the scope",
			by:   "TestTheCallsOfAStream",
		},
		{
			in: "stream.go Stream", from: "started[0] = nil", to: "",
			says:   "a stream keeps the calls whose results it has given",
			narrow: "append copies what is left when it comes to the end of the buffer: what is wrong is some memory, for a while",
		},
		{
			in: "stream.go Stream", from: "window = p.window()", to: "_ = p",
			says: "a stream on a pool does not go by its size",
			by:   "TestStreamReadsInNoFurther",
		},
		{
			in: "stream.go settleCall", from: "r.abandon(context.Canceled)", to: "r == nil",
			says: "a stream waits for calls that were not entered",
			by:   "TestAWaitThatCannotEndOnAThreadLocked",
		},
	}
}
