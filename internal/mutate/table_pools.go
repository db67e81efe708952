package main

// ofPools breaks pools, their workers and their queue, and the search for deadlocks.
func ofPools() []mutation {
	return []mutation{
		{
			in: "pool.go NewPool", from: "p.rejection = Block", to: "_ = 0",
			says: "a thread-locked pool runs jobs on the threads of its callers",
			by:   "TestCallerRuns|TestAThreadLockedWorkerKeeps",
		},
		{
			in: "pool.go Pool.Execute", from: " || !mine", to: "",
			says: "two pools take the same job",
			by:   "TestAJobIsTakenByOnePool",
		},
		{
			in: "pool.go Pool.Execute", from: "oldest.Drop(ErrRejected)", to: "",
			says: "a job that is pushed out of the queue stays pending",
			by:   "TestDropOldest",
		},
		{
			in: "pool.go Pool.Execute", from: "p.queue.shut() // or somebody else takes the place", to: "",
			says:   "the place of the oldest job may go to another than the one that has pushed it out",
			narrow: "it takes a job that comes between two neighbouring statements, where no code of a caller runs",
		},
		{
			in: "pool.go Pool.Execute", from: "if mine {\n\t\tjob.head().unclaim()\n\t}", to: "",
			says: "a job that a pool has refused cannot be given to another",
			by:   "TestAJobIsTakenByOnePool",
		},
		{
			in: "pool.go Pool.Execute", from: "p.stats.Rejected++", to: "",
			says: "the statistics do not count what was rejected",
			by:   "TestReject",
		},
		{
			in: "pool.go Pool.enqueue", from: "dropped != 0", to: "dropped > dropped",
			says: "a job that was dropped before it came gets a place in the queue",
			by:   "TestAJobThatWasDropped",
		},
		{
			in: "pool.go Pool.enqueue", from: " && !p.locked", to: " || p.locked",
			says: "a job that comes to a thread-locked pool is not looked at for a deadlock",
			by:   "TestADeadlockIsSeenWhenAJobIsQueued",
		},
		{
			in: "pool.go Pool.enqueue", from: "p.blocked == nil && ", to: "",
			says:   "jobs overtake those that wait for a place",
			narrow: "it takes a job that comes between two neighbouring statements, where no code of a caller runs",
		},
		{
			in: "stead.go Pool.runHere", from: "go func() {\n\t\t\tdefer close(done)\n\t\t\tjob.Run()\n\t\t}()", to: "close(done)\n\t\tjob.Run()",
			says: "a job that calls Goexit ends the caller in whose stead it runs",
			by:   "TestCallerRuns",
		},
		{
			in: "stead.go stead.lend", from: "s.job.at.Store(onWorker)", to: "",
			says: "a job that runs in the stead of one on a worker does not lend that worker",
			by:   "TestCallerRuns",
		},
		{
			in: "pool.go Pool.account", from: "job.base().word.Load()&entered != 0", to: "job != nil",
			says: "a job whose context had ended is counted as completed",
			by:   "TestAJobWhoseContextHasEnded",
		},
		{
			in: "door.go Pool.waitForPlace", from: "remove(&p.blocked, n)", to: "",
			says: "who has given up waiting for a place gets one",
			by:   "TestBlock",
		},
		{
			in: "door.go Pool.waitForPlace", from: "push(&p.blocked, n)", to: "pushFront(&p.blocked, n)",
			says: "those who wait for a place get it in the wrong order",
			by:   "TestJobsStartInTheOrder",
		},
		{
			in: "door.go Pool.waitForPlace", from: "p.queue.shut()", to: "",
			says:   "a job takes the place that another one waits for",
			narrow: "it takes a job that comes between two neighbouring statements, where no code of a caller runs",
		},
		{
			in: "door.go Pool.waitForPlace", from: "submitter := job.asTask().parent\n\terr := taskOf(submitter).lending(submitter, waiting{job.base(), ctx}, wait)", to: "err := wait(nil)",
			says: "a job that waits for a place keeps its worker",
			by:   "TestEveryKindOfWaitLends|TestBlock",
		},
		{
			in: "door.go Pool.admit", from: "n.value.err = err", to: "_ = err",
			says: "who waits for a place in a pool that is shut down is told that he has one",
			by:   "TestBlock|TestShutdown",
		},
		{
			in: "pool.go Pool.take", from: "p.refill()", to: "",
			says: "a place in the queue that becomes free is given to nobody",
			by:   "TestBlock",
		},
		{
			in: "pool.go Pool.discard", from: "p.refill()", to: "",
			says: "the place of a cancelled job is given to nobody",
			by:   "TestCancelledJobsMakeRoom|TestBlock",
		},
		{
			in: "pool.go Pool.discard", from: "p.stats.Dropped++", to: "",
			says: "the statistics do not count what was cancelled in the queue",
			by:   "TestCancellingAQueuedJob",
		},
		{
			in: "pool.go Pool.discard", from: "p.stalls.version++", to: "",
			says:   "a look for deadlocks does not notice that a job has left the queue",
			narrow: "only a look is misled that begins before a job is cancelled and ends before the one that waits for it has run on",
		},
		{
			in: "pool.go Pool.Resize", from: "p.balance()", to: "",
			says: "a pool that was made larger starts no workers",
			by:   "TestResize",
		},
		{
			in: "pool.go Pool.Resize", from: "for p.idle != nil && p.tooMany() {\n\t\tp.dismiss()\n\t}", to: "",
			says: "a pool that was made smaller keeps its idle workers",
			by:   "TestResize",
		},
		{
			in: "pool.go Pool.Shutdown", from: "if p.count == 0 {\n\t\t\tclose(p.drained)\n\t\t}", to: "",
			says: "the shutdown of a pool without workers does not end",
			by:   "TestShutdown",
		},
		{
			in: "pool.go Pool.Shutdown", from: "return ErrDeadlock", to: "_ = t",
			says: "a job that shuts its own pool down waits for itself",
			by:   "TestShutdown",
		},
		{
			in: "pool.go Pool.ShutdownNow", from: "job.asTask().cancel(ErrExecutorShutdown)", to: "",
			says: "ShutdownNow does not cancel the jobs that run",
			by:   "TestShutdownNow",
		},
		{
			in: "pool.go Pool.ShutdownNow", from: "job.Drop(ErrExecutorShutdown)", to: "_ = 0",
			says: "ShutdownNow leaves the jobs of the queue pending",
			by:   "TestShutdownNow",
		},
		{
			in: "pool.go Pool.ShutdownNow", from: "append(dropped, running...)", to: "append(dropped, running[:0]...)",
			says: "ShutdownNow leaves the jobs alone that run",
			by:   "TestShutdownNow",
		},
		{
			in: "pool.go Pool.ShutdownNow", from: "all(append(dropped, running...), func(each *Job) {\n\t\tjob := *each\n\t\tjob.Drop(ErrExecutorShutdown) // also if its worker has not come to it yet\n\t\tif job.base().word.Load()&entered != 0 {\n\t\t\tjob.asTask().cancel(ErrExecutorShutdown)\n\t\t}\n\t})", to: "for _, job := range append(dropped, running...) {\n\t\tjob.Drop(ErrExecutorShutdown)\n\t\tif job.base().word.Load()&entered != 0 {\n\t\t\tjob.asTask().cancel(ErrExecutorShutdown)\n\t\t}\n\t}",
			says: "a function of Map that calls Goexit keeps jobs from being dropped when a pool is shut down now",
			by:   "TestGoexitInAFunctionGivenToMapKeepsNothing",
		},
		{
			in: "pool.go Pool.ShutdownNow", from: "job.base().word.Load()&entered != 0", to: "true",
			says:   "ShutdownNow makes a context for every job of the queue",
			narrow: "the job is done and has no use for it: what is wrong is some memory",
		},
		{
			in: "pool.go Pool.calls", from: "job.base().word.Load()&ended == 0", to: "job != nil",
			says: "Run reports a call that has returned and whose worker is held up",
			by:   "TestRunDoesNotReportACall",
		},
		{
			in: "pool.go Pool.refuse", from: "p.stats.Rejected++", to: "",
			says: "the statistics do not count who waited for a place when the pool was shut down",
			by:   "TestBlock|TestShutdown|TestStorm",
		},
		{
			in: "pool.go Pool.refuse", from: "for p.idle != nil {\n\t\tp.dismiss()\n\t}", to: "",
			says: "a pool that is shut down keeps its idle workers",
			by:   "TestShutdown|TestAThreadLockedWorkerStays",
		},
		{
			in: "pool.go Pool.refuse", from: "p.queue.shut()", to: "",
			says: "a pool that is shut down takes jobs while its workers are busy",
			by:   "TestShutdown",
		},

		// Workers.
		{
			in: "worker.go Pool.mayRun", from: "p.places.free()", to: "p.places.used <= p.places.size",
			says: "a pool runs one job too many",
			by:   "TestAPoolRunsAtMost",
		},
		{
			in: "worker.go Pool.give", from: "p.running++", to: "",
			says: "the statistics do not count the jobs that run",
			by:   "TestAPoolRunsAtMost|TestWorkersComeOnDemand",
		},
		{
			in: "worker.go Pool.give", from: "p.stats.Waited += max(0, now.Sub(since))", to: "p.stats.Waited = max(0, now.Sub(since))",
			says: "the statistics say how long the last job has waited, not all",
			by:   "TestTimingSays",
		},
		{
			in: "worker.go Pool.balance", from: "p.places.free()", to: "p.places.used <= p.places.size",
			says: "a pool starts one worker too many when a job waits",
			by:   "TestJobsCanWaitForJobs|TestEveryKindOfWait",
		},
		{
			in: "worker.go Pool.work", from: "pprof.SetGoroutineLabels(context.Background())", to: "_, _ = pprof.Do, context.Background",
			says: "a worker has the label of the task that was the first to need it",
			by:   "TestAWorkerStartedByANamedTask",
		},
		{
			in: "worker.go Pool.work", from: "runtime.LockOSThread()", to: "runtime.Gosched()",
			says: "a thread-locked worker changes its thread",
			by:   "TestAThreadLockedWorkerKeeps|TestThe",
		},
		{
			in: "worker.go Pool.work", from: "go p.work(w) // the job has ended this goroutine", to: "_ = w",
			says: "a worker that a job has ended is not replaced",
			by:   "TestAJobThatEndsItsWorker",
		},
		{
			in: "worker.go Pool.work", from: "defer p.stopWorker(w)", to: "",
			says: "a worker that ends is not stopped",
			by:   "TestEachWorkerIsStartedAndStopped",
		},
		{
			in: "worker.go Pool.next", from: "!p.tooMany() && ", to: "p.places.free() && ",
			says: "a worker goes although there is work",
			by:   "TestABubbleDoesNotEnd",
		},
		{
			in: "worker.go Pool.next", from: " && p.places.back == nil", to: "",
			says: "jobs of the queue come before those that want to go on",
			by:   "TestAJobThatWantsToGoOn",
		},
		{
			in: "worker.go Pool.finish", from: "p.places.take(&h.place)", to: "",
			says: "a goroutine that outlives its job keeps a place",
			by:   "TestAGoroutineThatOutlives",
		},
		{
			in: "worker.go Pool.finish", from: "h.at.Store(nowhere)", to: "",
			says: "a job that somebody else runs lends a worker that it does not have",
			by:   "TestAJobThatSomebodyElseRuns",
		},
		{
			in: "worker.go Pool.finish", from: "p.running--", to: "",
			says: "jobs that have ended count as running",
			by:   "TestWorkersComeOnDemand",
		},
		{
			in: "lend.go Pool.employs", from: " && job.base().word.Load()&ended == 0", to: "",
			says: "a job that has ended is held to be on its worker",
			by:   "TestAGoroutineThatWaitsAfter",
		},
		{
			in: "worker.go Pool.rest", from: "pushFront(&p.idle", to: "push(&p.idle",
			says: "the workers that rest longest are used first, so that none goes",
			by:   "TestTheBusiestIdleWorkers",
		},
		{
			in: "worker.go Pool.rest", from: "if w.idle.linked() {", to: "{",
			says: "a worker goes although it was given a job just when its time was up",
		},
		{
			in: "worker.go Pool.rest", from: "expired = timer.C", to: "_ = timer",
			says: "an idle worker stays for ever",
			by:   "TestAWorkerStaysForItsIdleTime",
		},
		{
			in: "worker.go Pool.removeLocked", from: "p.balance()", to: "",
			says: "a job that wants to go on when a worker ends is not told",
			by:   "TestAJobGoesOnWhenThereIsAPlace|TestResize",
		},
		{
			in: "worker.go Pool.removeLocked", from: "close(p.drained)", to: "",
			says: "a shutdown does not hear that the last worker is gone",
			by:   "TestShutdown",
		},
		{
			in: "worker.go Pool.startWorker", from: "err = exitError(recover())", to: "err = ErrGoexit",
			says: "a start function that panics ends the program",
			by:   "TestAWorkerThatCannotStart",
		},
		{
			in: "worker.go Pool.breakDown", from: "p.refuse(err)", to: "",
			says: "a pool whose workers cannot start goes on",
			by:   "TestAWorkerThatCannotStart",
		},
		{
			in: "worker.go Pool.breakDown", from: "[]Job{job}, p.dropQueue()...", to: "[]Job(nil), p.dropQueue()...",
			says: "the job whose worker cannot start stays pending",
			by:   "TestAWorkerThatCannotStart",
		},
		{
			in: "worker.go Pool.breakDown", from: "all(dropped, func(job *Job) { (*job).Drop(err) })", to: "for _, job := range dropped {\n\t\tjob.Drop(err)\n\t}",
			says: "a function of Map that calls Goexit keeps jobs from being dropped when a worker cannot start",
			by:   "TestGoexitInAFunctionGivenToMapKeepsNothing",
		},
		{
			in: "worker.go Pool.stopWorker", from: "report(nil, Report{", to: "_ = (Report{",
			says: "a stop function that fails is not reported",
			by:   "TestAStopFunctionThatFails",
		},
		{
			in: "lend.go Pool.lend", from: "p.balance()", to: "",
			says: "a worker that is lent is given to nobody",
			by:   "TestJobsCanWaitForJobs",
		},
		{
			in: "lend.go Pool.resume", from: "p.dismiss() // it makes room", to: "_ = p",
			says: "a job waits for an idle worker that could go",
			by:   "TestAJobGoesOnWhenThereIsAPlace",
		},
		{
			in: "stead.go stead.lend", from: "p.places.used++", to: "",
			says: "a job in the stead of another does not take the place of that",
			by:   "TestCallerRuns|TestAGoroutineThatOutlivesAJob|TestAJobInItsCallersStead",
		},
		{
			in: "stead.go stead.reclaim", from: "p.places.leave(&s.job.place)", to: "",
			says: "a job in the stead of another keeps the place of that",
			by:   "TestCallerRuns|TestAGoroutineThatOutlivesAJob|TestAJobInItsCallersStead",
		},
		{
			in: "lend.go Pool.resume", from: "p.balance() // if another goroutine of t waits, what runs in its stead has left a place", to: "",
			says: "a place that nobody needs after a job in the stead of another is given to nobody",
			by:   "TestThePlaceOfAJobInItsCallersStead",
		},
		{
			in: "stead.go Pool.runHere", from: "caller.lending(parent, waiting{on: job.base()}, run)", to: "run(nil)",
			says: "a caller keeps its place elsewhere while it runs a job",
			by:   "TestACallerLendsItsPlace",
		},
		{
			in: "stead.go Pool.runHere", from: "job.asTask().cancel(ErrDeadlock)", to: "",
			says: "a caller that runs a job hangs in a deadlock",
			by:   "TestACallerLendsItsPlace",
		},
		{
			in: "pool.go Pool.Execute", from: "oldest.Drop(ErrRejected)\n\t\tp.stalls.check(p)", to: "oldest.Drop(ErrRejected)",
			says: "a deadlock behind a job that takes the place of the oldest is not seen",
			by:   "TestADeadlockIsSeenWhenAJobIsQueuedInThePlace",
		},
		{
			in: "worker.go Pool.tooMany", from: "p.places.used-p.leaving", to: "p.places.used",
			says: "a worker goes because another has not gone yet",
			by:   "TestResize",
		},
		{
			in: "worker.go Pool.removeLocked", from: "p.leaving--", to: "",
			says: "workers that have gone are held to be about to",
			by:   "TestResize",
		},
		{
			in: "executor.go handle.run", from: "runtime.KeepAlive(h)", to: "",
			says: "a job that takes its time before it runs is forgotten",
			by:   "TestAWrappedJobThatTakesItsTime",
		},
		{
			in: "executor.go job.leave", from: "cause != nil || ", to: "",
			says: "the context of a job that is cancelled in the queue loses the cause",
			by:   "TestTheContextOfAJobThatIsCancelled",
		},
		{
			in: "pool.go Pool.Execute", from: "oldest.head().unclaim()", to: "",
			says: "the job that was pushed out of the queue is refused everywhere else",
			by:   "TestAJobThatAPoolHasNotKept",
		},
		{
			in: "pool.go Pool.dropQueue", from: "job.head().unclaim()", to: "",
			says: "a job that a shutdown drops is refused everywhere else",
			by:   "TestAJobThatAPoolHasNotKept",
		},
		{
			in: "worker.go Pool.breakDown", from: "job.head().unclaim()", to: "",
			says: "a job whose worker did not start is refused everywhere else",
			by:   "TestAJobThatAPoolHasNotKept",
		},
		{
			in: "door.go Pool.waitForPlace", from: "job.head().unclaim()", to: "",
			says: "a job that has got no place is refused everywhere else",
			by:   "TestAJobThatAPoolHasNotKept",
		},

		// The queue.
		{
			in: "queue.go jobQueue.add", from: "q.live++", to: "q.live += 1 - int(q.tail&1)",
			says: "every other job in the queue is not counted",
			by:   "TestJobsStartInTheOrder",
		},
		{
			in: "queue.go jobQueue.grow", from: "size *= 2", to: "size += minQueue",
			says: "the length of the queue's ring is no power of two",
			by:   "TestAQueueWithHoles|TestJobsStart",
		},
		{
			in: "queue.go jobQueue.grow", from: "next.add(job, q.cameAt(i))", to: "next.push(job)",
			says: "a queue that grows forgets since when its jobs wait",
			by:   "TestTimingSays",
		},
		{
			in: "queue.go jobQueue.grow", from: "q.live > size/2", to: "true",
			says: "jobs that come and are cancelled make the queue grow",
			by:   "TestJobsThatComeAndAreCancelled",
		},
		{
			in: "queue.go jobQueue.clear", from: "q.head = q.tail", to: "_ = 0",
			says: "an empty queue does not begin anew",
			by:   "TestAPoolMadeOutside",
		},
		{
			in: "queue.go jobQueue.clear", from: "*q = jobQueue{timed: q.timed} // a burst is no reason to keep the memory", to: "_ = q",
			says: "a queue keeps the memory of its longest burst",
			by:   "TestAMillionQueuedJobs|TestAQueueThatWasLong",
		},
		{
			in: "queue.go jobQueue.has", from: "job != nil && job.head() == h", to: "job != nil",
			says: "cancelling a job that runs takes another out of the queue",
			by:   "TestStorm|TestCancellingAQueuedJob",
		},
		{
			in: "queue.go jobQueue.cameAt", from: "t = q.since[i]", to: "_ = i",
			says: "the statistics do not say how long jobs have waited",
			by:   "TestTimingSays",
		},
		{
			in: "queue.go backlog.put", from: "b.back.live >= b.room", to: "b.back.live > b.room",
			says: "an open backlog takes one job too many",
			by:   "TestReject|TestDropOldest|TestAJobOfAPlainPool",
		},
		{
			in: "queue.go backlog.put", from: " || job.base().word.Load()&dropped != 0", to: "",
			says: "a job that was dropped before it came stays in an open backlog",
			by:   "TestAJobThatWasDroppedBeforeItCame",
		},
		{
			in: "queue.go backlog.put", from: "b.taken++", to: "",
			says: "the statistics do not count the jobs that come to an open backlog",
			by:   "TestAPoolRunsAtMost|TestStorm",
		},
		{
			in: "queue.go backlog.put", from: "b.back.push(job)", to: "_ = job",
			says: "a job that comes to an open backlog is forgotten",
			by:   "TestAPoolRunsAtMost|TestJobsStartInTheOrder",
		},
		{
			in: "queue.go backlog.push", from: "b.front.live+b.back.live >= b.capacity", to: "b.front.live+b.back.live > b.capacity",
			says: "the queue takes one job too many",
			by:   "TestReject|TestDropOldest",
		},
		{
			in: "queue.go backlog.push", from: "if open {", to: "if open || b.capacity > 0 {",
			says: "the backlog of a thread-locked pool is open",
			by:   "TestADeadlockIsSeenWhenAJobIsQueued",
		},
		{
			in: "queue.go backlog.push", from: "if open {", to: "if false {",
			says:   "the backlog is never open",
			narrow: "every job looks for a worker then: what is wrong is some time",
		},
		{
			in: "queue.go backlog.push", from: "b.room = b.capacity - b.front.live", to: "b.room = b.capacity",
			says: "an open backlog does not count what lies in its front",
			by:   "TestAQueueThatAWorkerHasBegunToEmpty",
		},
		{
			in: "queue.go backlog.pop", from: "if b.front.live == 0 {", to: "{",
			says: "jobs that come later leave first",
			by:   "TestJobsStartInTheOrder|TestAQueueWithHoles",
		},
		{
			in: "queue.go backlog.pop", from: "b.swap()", to: "_ = b",
			says: "the jobs in the back of the backlog are never started",
			by:   "TestJobsStartInTheOrder",
		},
		{
			in: "queue.go backlog.swap", from: "b.room = 0", to: "",
			says: "a job comes to a backlog for which no worker will look",
			by:   "TestAJobThatComesWhenTheLastWorkerHasGone",
		},
		{
			in: "queue.go backlog.swap", from: "b.room = b.capacity - b.front.live", to: "b.room = b.capacity",
			says: "the front of the backlog is not counted when there is room for more",
			by:   "TestAQueueThatAWorkerHasBegunToEmpty",
		},
		{
			in: "queue.go backlog.swap", from: "else if b.room > 0 {", to: "else {",
			says: "a backlog that is shut opens when its back becomes the front",
			by:   "TestBlock|TestShutdown",
		},
		{
			in: "queue.go backlog.shut", from: "b.room = 0", to: "",
			says: "a backlog cannot be shut",
			by:   "TestShutdown|TestBlock",
		},
		{
			in: "queue.go backlog.remove", from: " || b.back.remove(h)", to: "",
			says: "a job that is cancelled in the back of the backlog stays there",
			by:   "TestCancelledJobsMakeRoom|TestCancellingAQueuedJob",
		},
		{
			in: "queue.go backlog.remove", from: "b.front.remove(h) || ", to: "",
			says: "a job that is cancelled in the front of the backlog stays there",
			by:   "TestAJobThatIsCancelledLeavesTheQueue",
		},
		{
			in: "queue.go backlog.has", from: " || b.back.has(h)", to: "",
			says: "a job in the back of the backlog is not seen to wait",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "queue.go backlog.has", from: "b.front.has(h) || ", to: "",
			says: "a job in the front of the backlog is not seen to wait",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "queue.go backlog.count", from: "b.front.live + b.back.live", to: "b.back.live",
			says: "the statistics do not count what lies in the front of the backlog",
			by:   "TestJobsStartInTheOrder|TestWorkersComeOnDemand",
		},
		{
			in: "queue.go backlog.full", from: "queued >= b.capacity", to: "queued > b.capacity",
			says: "more are let in from the door than the queue has places",
			by:   "TestAPoolMadeOutside",
		},

		// Deadlocks.
		{
			in: "deadlock.go stalls.unlink", from: "stalled.Add(-1)", to: "",
			says:   "every program searches for deadlocks once there was a stall",
			narrow: "the search finds nothing and takes a little time",
		},
		{
			in: "deadlock.go stalls.settled", from: "max(p.places.size, p.count)", to: "p.places.size + 1",
			says: "a deadlock of all workers is not seen",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "deadlock.go stalls.settled", from: "max(p.places.size, p.count)", to: "1",
			says: "a wait is ended although another worker could go on",
			by:   "TestNoDeadlockIsSeen",
		},
		{
			in: "deadlock.go stalls.settled", from: "stuck && w.on != nil &&", to: "stuck || w.on != nil &&",
			says: "every wait of a full pool is taken for a deadlock",
			by:   "TestNoDeadlockIsSeen",
		},
		{
			in: "deadlock.go stalls.settled", from: " && !w.over()", to: "",
			says: "a wait that is about to end is part of a deadlock",
			by:   "TestAWaitWhoseContextHasEnded",
		},
		{
			in: "deadlock.go stalls.settled", from: "s.unlink(last)", to: "",
			says: "a wait that was ended counts on",
			by:   "TestStorm",
		},
		{
			in: "deadlock.go stalls.end", from: "s.check(p)", to: "",
			says: "a deadlock is not seen when the wait ends that could end",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "deadlock.go stalls.end", from: "s.unlink(n)", to: "",
			says: "a wait that has ended counts on",
			by:   "TestAWaitThatCannotEnd|TestStorm",
		},
		{
			in: "deadlock.go stalls.awaited", from: "if len(s.jobs) >= max(p.places.size, p.count) {", to: "if true {",
			says: "a job is held up by a pool whose other workers go on",
			by:   "TestNoDeadlockIsSeen",
		},
		{
			in: "deadlock.go core.awaits", from: "return q.stalls.awaited(q), true", to: "_ = q",
			says: "two pools whose jobs wait for each other's queues hang",
			by:   "TestTwoLockedPoolsWhoseJobs",
		},
		{
			in: "deadlock.go stalls.settled", from: " && p.blocked == nil", to: "",
			says: "a job that waits for a place in the queue is not seen in a deadlock",
			by:   "TestAJobThatWaitsForAPlaceInItsOwn",
		},
		{
			in: "deadlock.go Pool.holdsUp", from: "some && (all || !first)", to: "some && (all || !first || first)",
			says: "a race of which one can go on is held up by the others",
			by:   "TestNoDeadlockIsSeen",
		},
		{
			in: "deadlock.go Pool.holdsUp", from: "return some && (all || !first)", to: "return all && (some || first)",
			says: "a gather of which one can go on is not held up by the others",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "deadlock.go Pool.waiting", from: "h.at.Load() == atDoor || ", to: "",
			says: "a job at the door of its pool is not seen to wait",
			by:   "TestAWaitThatCannotEnd",
		},
		{
			in: "deadlock.go checkStalled", from: "p.stalls.check(p)", to: "_ = p",
			says: "two pools that wait for each other hang",
			by:   "TestTwoLockedPools|TestAWaitThatCannotEnd",
		},
	}
}
