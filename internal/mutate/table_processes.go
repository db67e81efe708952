package main

// ofProcesses breaks the pool of processes and its workers.
func ofProcesses() []mutation {
	return []mutation{
		// Calls on their way.
		{
			in: "process/exchange.go exchange.end", from: "x.w, x.sent = nil, false\n\tif x.timer != nil {\n\t\tx.timer.Stop()\n\t\tx.timer = nil\n\t}", to: "",
			says: "what ends a call reaches the next one of the worker",
			by:   "TestWhatEndsACall",
		},
		{
			in: "process/exchange.go exchange.end", from: "x.timer.Stop()", to: "",
			says:   "the timer of a call is left behind",
			narrow: "it fires within the grace and finds nothing to kill",
		},
		{
			in: "process/exchange.go exchange.receive", from: "err = carry.StoppedError{Err: err}", to: "",
			says: "a call that was cancelled loses the cause",
			by:   "TestACallThatIsCancelledIsSo",
		},
		{
			in: "process/exchange.go exchange.receive", from: "f.call != w.call || ", to: "",
			says: "the answer to one call is taken for that to another",
			by:   "TestACrashFailsOneCall",
		},
		{
			in: "process/exchange.go exchange.receive", from: " || f.kind != kindResult && f.kind != kindFailure", to: "",
			says: "a frame of any kind is taken for the answer to a call",
			by:   "TestACrashFailsOneCall",
		},
		{
			in: "process/exchange.go exchange.receive", from: "case <-ctx.Done(): // the worker's clock was first", to: "default:",
			says: "a call fails instead of being cancelled when its worker's clock is first",
			by:   "TestACallIsCancelledAlso",
		},
		{
			in: "process/exchange.go exchange.write", from: "q.timeout = max(time.Until(deadline), 1)", to: "_ = deadline",
			says: "a worker does not know the deadline of its call",
			by:   "TestACallHasADeadline|TestAFunctionRuns",
		},
		{
			in: "process/exchange.go exchange.write", from: "return stale, err", to: "return dead, diedIn(ctx, w, err)",
			says: "a call fails because its worker was dead before",
			by:   "TestAnIdleWorkerThatDies|TestACallThatHasFoundADeadWorker",
		},
		{
			in: "process/exchange.go exchange.cancel", from: "x.timer = time.AfterFunc(grace, func() { x.kill(cause) })", to: "",
			says: "a function that does not stop is not killed",
			by:   "TestCancelKills",
		},
		{
			in: "process/exchange.go exchange.cancel", from: "time.AfterFunc(grace, ", to: "time.AfterFunc(grace+time.Second/5, ",
			says: "a function that does not stop is killed late",
			by:   "TestWhatDoesNotStopIsGone",
		},
		{
			in: "process/exchange.go exchange.cancel", from: "_, _ = writeFrame(w.in, kindCancel, call, nil, body)", to: "_ = call\n\t_ = body",
			says: "a function does not hear that its call was cancelled",
			by:   "TestAFunctionThatStops",
		},
		{
			in: "process/exchange.go diedIn", from: "d.cause = context.Cause(ctx)", to: "",
			says: "a call whose worker was killed does not say why",
			by:   "TestCancelKills|TestADeadlineKills|TestAWorkerThatExits",
		},

		// Frames.
		{
			in: "process/frame.go writeFrame", from: "size > maxBody", to: "size > 2*maxBody",
			says: "a payload that the other side refuses is sent",
			by:   "TestPayloads|TestWhatCannotBe",
		},
		{
			in: "process/frame.go readFrame", from: "h[0] != magic0 || h[1] != magic1", to: "h[0] != magic0",
			says: "rubbish is read as a frame",
			by:   "TestTheDecoderRefuses",
		},
		{
			in: "process/frame.go readFrame", from: "h[2] != version", to: "h[2] > version",
			says: "a frame of another version is read",
			by:   "TestTheDecoderRefuses",
		},
		{
			in: "process/frame.go readFrame", from: "f.kind >= kindEnd", to: "f.kind > kindEnd",
			says: "a frame of an unknown kind is read",
			by:   "TestTheDecoderRefuses",
		},
		{
			in: "process/frame.go readBody", from: "max(had, firstChunk)", to: "size",
			says: "a length that lies costs memory",
			by:   "TestALengthThatLies",
		},
		{
			in: "process/frame.go parseRequest", from: "timeout > math.MaxInt64", to: "timeout > math.MaxUint64",
			says: "a timeout that is too long is read as one that is negative",
			by:   "TestTheDecoderRefuses",
		},
		{
			in: "process/frame.go beginning", from: "utf8.RuneStart(s[end])", to: "true",
			says: "the beginning of a text ends within a rune",
			by:   "TestTheBeginningOfAText",
		},
		{
			in: "process/frame.go cutString", from: "n > uint64(len(b))", to: "n > uint64(len(b))+1",
			says: "a string may be longer than its frame",
			by:   "TestTheDecoderRefuses",
		},

		// Starting workers.
		{
			in: "process/grow.go Pool.grow", from: "min(load+1, p.limit)", to: "min(load, p.limit)",
			says: "no worker is kept warm",
			by:   "TestWorkersStartOnDemand",
		},
		{
			in: "process/grow.go Pool.grow", from: "min(load+1, p.limit)", to: "load + 1",
			says: "there are more workers than the pool was made for",
			by:   "TestWorkersStartOnDemand",
		},
		{
			in: "process/grow.go Pool.start", from: "p.failures = 0", to: "",
			says: "failed starts are counted as if they were in a row",
			by:   "TestAPoolSurvivesTwoFailedStarts",
		},
		{
			in: "process/grow.go Pool.start", from: "max(p.failures, before+1)", to: "p.failures + 1",
			says: "starts that fail together are counted as if they were in a row",
			by:   "TestStartsThatFailTogether",
		},
		{
			in: "process/grow.go Pool.start", from: "p.starting--", to: "",
			says: "a worker counts as starting for ever",
		},
		{
			in: "process/grow.go Pool.start", from: "p.dismiss()", to: "",
			says: "a shutdown misses a worker that is being started",
			by:   "TestAShutdownDoesNotWait",
		},
		{
			in: "process/grow.go Pool.start", from: "time.AfterFunc(retryDelay, p.retry)", to: "_ = p.retry",
			says: "a pool whose starts have failed tries no more",
			by:   "TestAPoolWhoseStarts|TestAPool",
		},
		{
			in: "process/grow.go Pool.dismiss", from: "p.killed || !w.ready && p.waiting.Len() == 0", to: "p.killed",
			says: "Close waits for workers that are being set up for nobody",
			by:   "TestClose|TestAShutdown|TestShutdown|TestAPool",
		},
		{
			in: "process/grow.go Pool.dismiss", from: "p.killed || !w.ready && p.waiting.Len() == 0", to: "!w.ready",
			says: "Kill leaves the workers alone that run calls",
			by:   "TestKillEndsEverything",
		},
		{
			in: "process/grow.go Pool.unref", from: "w.closePipes()", to: "",
			says: "the pipes of a worker stay open",
			by:   "TestNoDescriptorIsLost",
		},
		{
			in: "process/grow.go Pool.advance", from: "p.refuse(p.broken)", to: "",
			says: "the calls of a broken pool wait for ever",
			by:   "TestAPoolWhoseWorkersDoNotStart",
		},
		{
			in: "process/grow.go Pool.advance", from: "p.failures >= maxFailures", to: "p.failures > maxFailures",
			says: "a pool tries once too often",
			by:   "TestAStartFunctionThatFails|TestAPoolWhoseWorkersDoNotStart",
		},
		{
			in: "process/main.go Main", from: "os.Unsetenv(variable)", to: "",
			says: "what a function starts takes itself for a worker",
			by:   "TestAWorkerIsNoWorker",
		},

		// Options.
		{
			in: "process/option.go WithGrace", from: "d < 0", to: "d <= 0",
			says: "a grace of nothing panics",
			by:   "TestWaitForKills",
		},
		{
			in: "process/option.go WithStart", from: "reached.Load()", to: "false",
			says: "a start function that no worker can know is taken",
			by:   "TestAStartFunctionThatNoWorker",
		},

		// Output.
		{
			in: "process/output.go output.copy", from: "_ = recover() // the user's Write panicked or called runtime.Goexit", to: "",
			says: "a writer that panics ends the program",
			by:   "TestAWriterThatDoesNotWork",
		},
		{
			in: "process/output.go output.copy", from: "go o.copy(r, t, nil)", to: "_ = t",
			says: "a worker blocks on what it prints when the writer has panicked",
			by:   "TestAWriterThatDoesNotWork",
		},
		{
			in: "process/output.go output.copy", from: " || reads == lastReads", to: "",
			says: "what an orphan writes is read for ever",
			by:   "TestAnOrphanThatWrites",
		},
		{
			in: "process/output.go output.copy", from: "_ = r.SetReadDeadline(time.Now().Add(quietDelay))", to: "",
			says: "what a worker has written last is lost",
			by:   "TestTheEndOfThePoolIs|TestOnlyTheEnd",
		},
		{
			in: "process/output.go output.finish", from: "errors.Join(o.stdout.SetReadDeadline(now), o.stderr.SetReadDeadline(now))", to: "errors.Join(o.stdout.SetWriteDeadline(now))",
			says: "who reads the output does not hear that the worker is gone",
			by:   "TestAnOrphanThatHas",
		},
		{
			in: "process/output.go output.finish", from: "case <-timer.C:", to: "case <-time.After(time.Second):",
			says: "a writer that blocks holds up a kill",
			by:   "TestAWriterThatBlocks",
		},
		{
			in: "process/grow.go Pool.advance", from: " && p.printing == 0", to: "",
			says: "a pool has ended before what its workers have printed is written",
			by:   "TestTheEndOfThePoolIs",
		},
		{
			in: "process/output.go tail.write", from: "len(t.buf)-tailSize:", to: "len(t.buf)-tailSize+1:",
			says: "the end of what a worker has written loses a byte",
			by:   "TestTheEndThatIsKept",
		},
		{
			in: "process/output.go sink.write", from: "return err == nil", to: "return true || err == nil",
			says: "a writer that has failed is asked again",
			by:   "TestAWriterThatFails",
		},

		// The pool.
		{
			in: "process/pool.go Pool.enqueue", from: "p.waiting.PushBack(t)", to: "p.waiting.PushFront(t)",
			says: "the last call gets the first worker",
			by:   "TestCallsGetTheirWorkersInOrder",
		},
		{
			in: "process/pool.go Pool.enqueue", from: "case p.closed:", to: "case false:",
			says: "a pool that was shut down takes calls",
			by:   "TestShutdownWaits",
		},
		{
			in: "process/pool.go Pool.requeue", from: "p.running-- // which release left to this", to: "_ = 0",
			says: "a call that needs another worker is counted twice",
			by:   "TestAnIdleWorkerThatDies|TestACallThatHasFoundADeadWorker",
		},
		{
			in: "process/pool.go Pool.remove", from: "p.waiting.Remove(t.place)", to: "_ = t",
			says: "a call that was cancelled stays in the queue",
			by:   "TestACancelledCallThatWaits",
		},
		{
			in: "process/pool.go Pool.offer", from: " || w.wasKilled()", to: "",
			says: "a worker that was killed gets one more call",
			by:   "TestAnAnswerThatCrosses",
		},
		{
			in: "process/pool.go Pool.offer", from: "w.calls >= p.opts.maxCalls", to: "w.calls > p.opts.maxCalls",
			says: "a worker serves one call too many",
			by:   "TestAWorkerIsReplaced",
		},
		{
			in: "process/pool.go Pool.end", from: "return !taken.Swap(true)", to: "return true",
			says: "two goroutines serve one worker after a function of Map that has taken its time",
			by:   "TestAMapFunctionThatBlocks|TestAMapFunction|TestAFunctionGivenToMap",
		},
		{
			in: "process/pool.go Pool.end", from: "time.AfterFunc(reliefDelay, ", to: "time.AfterFunc(1<<62, ",
			says: "a function of Map that blocks holds up the next call",
			by:   "TestAMapFunctionThatBlocks|TestAMapFunction|TestAFunctionGivenToMap",
		},
		{
			in: "process/grow.go Pool.advance", from: " && p.open == 0", to: "",
			says: "a shutdown ends before the futures of its calls",
			by:   "TestAShutdownEndsAfter",
		},
		{
			in: "process/pool.go Pool.dispatch", from: "w := p.idle[len(p.idle)-1]", to: "w := p.idle[0]",
			says: "the worker that was used last is used last again",
			by:   "TestOfTheIdleWorkers",
		},
		{
			in: "process/pool.go Pool.rest", from: "w.idle.Reset(p.opts.idle)", to: "",
			says: "a worker that was used twice stays for ever",
			by:   "TestIdleWorkersGo",
		},
		{
			in: "process/pool.go Pool.expire", from: "p.retire(w)", to: "_ = w",
			says: "idle workers stay for ever",
			by:   "TestIdleWorkersGo",
		},
		{
			in: "process/shutdown.go Pool.close", from: "p.retire(p.idle[0])", to: "p.unlist(p.idle[0])",
			says: "a shutdown forgets the idle workers",
			by:   "TestAPoolLivesAndEnds",
		},
		{
			in: "process/shutdown.go Pool.close", from: "p.refuse(future.ErrExecutorShutdown)", to: "_ = future.ErrExecutorShutdown",
			says: "Kill leaves the calls that wait",
			by:   "TestKillEndsEverything",
		},
		{
			in: "process/shutdown.go Pool.Kill", from: "_, _ = p.drained.Await(ctx)", to: "_ = ctx",
			says: "Kill returns before the processes are gone",
			by:   "TestKillReturns",
		},
		{
			in: "process/pool.go Pool.refuse", from: "go p.take().refuse(err)", to: "p.take().refuse(err)",
			says: "what hangs on a call that is refused runs under the lock of the pool",
			by:   "TestAFunctionGivenToMapRunsUnder",
		},

		// Inside a worker.
		{
			in: "process/server.go attempt", from: "answer(zero, future.ErrGoexit)", to: "_ = zero",
			says: "a function that calls Goexit is not answered for",
			by:   "TestAFunctionRuns|TestAPanicComesBack|TestACrash",
		},
		{
			in: "process/server.go server.run", from: "go s.serve() // the function has called runtime.Goexit", to: "_ = 0",
			says: "a worker whose function calls Goexit serves no more",
			by:   "TestAPanicComesBack|TestAFunctionRuns",
		},
		{
			in: "process/server.go server.relieve", from: "s.serve()", to: "_ = 0",
			says: "a worker whose call lasts does not read frames",
			by:   "TestAFunctionThatStops",
		},
		{
			in: "process/server.go server.end", from: "return !s.relieved", to: "return true",
			says: "two goroutines of a worker read frames",
			by:   "TestTheGoroutineOfACall",
		},
		{
			in: "process/server.go server.cancelCall", from: "cancel = nil // it has ended", to: "_ = cancel",
			says: "the cancellation of a call that has ended reaches the next one",
			by:   "TestTheCancellationOfACall",
		},
		{
			in: "process/server.go server.cancelCall", from: "cancel(cause)", to: "_ = cause\n\t\tcancel(nil)",
			says: "a function does not see the cause of its cancellation",
			by:   "TestAFunctionThatStops|TestAFunctionMayCleanUp",
		},
		{
			in: "process/server.go server.serve", from: "perish()", to: "time.Sleep(3 * time.Second / 2)\n\t\t\tperish()",
			says: "a worker outlives its parent for a while",
			by:   "TestWorkersEndWhenTheirParent",
		},
		{
			in: "process/server.go server.serve", from: "perish()", to: "return",
			says: "a worker outlives its parent",
			by:   "TestWorkersEndWhenTheirParent",
		},
		{
			in: "process/setup.go registerStart", from: "starts.count[name]++", to: "",
			says: "start functions made by one literal are mixed up",
			by:   "TestStartFunctionsOfOneLiteral",
		},
		{
			in: "process/setup.go setup.function", from: "if fn == nil", to: "if false",
			says: "a worker that lacks the start function serves without it",
			by:   "TestAStartFunctionThatTheWorkers",
		},

		// Seen from the pool.
		{
			in: "process/worker.go worker.reap", from: "w.group.kill()", to: "",
			says: "what a worker has started outlives it",
			by:   "TestChildrenEnd",
		},
		{
			in: "process/worker.go worker.kill", from: "if !w.killed {", to: "{",
			says: "the last reason for killing a worker counts, not the first",
			by:   "TestTheFirstReason",
		},
		{
			in: "process/worker.go worker.reap", from: "_ = w.out.SetReadDeadline(time.Now().Add(deathTimeout))", to: "",
			says: "who has inherited the pipe of the answers holds up a call",
			by:   "TestAnOrphanThatHasThePipe",
		},
		{
			in: "process/worker.go worker.quit", from: "time.AfterFunc(quitTimeout, func() { w.kill(nil) })", to: "time.AfterFunc(quitTimeout, func() {})",
			says: "a worker that does not leave stays",
			by:   "TestAShutdownKills",
		},
		{
			in: "process/sys_unix.go group.kill", from: "_ = g.leader.Kill() // it may have moved to another group", to: "",
			says: "a worker that has moved to another group is not killed",
			by:   "TestAWorkerThatHasMoved",
		},
		{
			in: "process/worker.go worker.kill", from: "if w.reaped {\n\t\treturn\n\t}", to: "",
			says: "Kill claims a worker that has ended by itself, and may signal another process",
			by:   "TestKillDoesNotClaim",
		},
		{
			in: "process/worker.go worker.handshake", from: "late.Stop()\n\tif err := w.send", to: "if err := w.send",
			says: "a start function may not take longer than the start of a process",
			by:   "TestAStartFunctionMayTake",
		},
		{
			in: "process/worker.go worker.expect", from: "return decodeFailure(f.body)", to: "return w.died(nil)",
			says: "a start function that fails does not say why",
			by:   "TestAStartFunctionThatFails",
		},
		{
			in: "process/errors.go WorkerDiedError.Unwrap", from: "return e.cause", to: "return nil",
			says: "a worker that was killed does not say why",
			by:   "TestCancelKills|TestKill",
		},
		{
			in: "process/errors.go WorkerDiedError.telling", from: "strings.HasPrefix(s, \"panic: \") || ", to: "",
			says: "a crash is told of by the wrong line",
			by:   "TestACrash",
		},
	}
}

// ofFuturetest breaks the checks of executors: a bad one must still be caught.
func ofFuturetest() []mutation {
	return []mutation{
		{
			in: "futuretest/futuretest.go checker.audit", from: "case runs > 1:", to: "case runs > 2:",
			says: "an executor that runs a job twice passes",
			by:   "TestBadExecutors",
		},
		{
			in: "futuretest/futuretest.go checker.audit", from: "case p.refused.Load() && runs > 0:", to: "case false:",
			says: "an executor that runs what it has refused passes",
			by:   "TestBadExecutors",
		},
		{
			in: "futuretest/futuretest.go checker.audit", from: "case p.drops.Load() > 0 && runs > 0:", to: "case false:",
			says: "an executor that drops what it has run passes",
			by:   "TestBadExecutors",
		},
		{
			in: "futuretest/futuretest.go checker.settles", from: "c.errorf(", to: "_ = fmt.Sprintf(",
			says: "an executor that forgets a job passes",
			by:   "TestBadExecutors",
		},
		{
			in: "futuretest/futuretest.go check.apply", from: "c.errorf(\"the check did not end", to: "_ = fmt.Sprint(\"the check did not end",
			says: "an executor whose Execute blocks for ever passes",
			by:   "TestAnExecutorWhoseExecute",
		},
	}
}
