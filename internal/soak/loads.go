package main

import "example.com/future"

// loads returns all there are. Every one has a sheet of its own.
func loads() []*load {
	reject, callerRuns, dropOldest := future.WithRejection(future.Reject), future.WithRejection(future.CallerRuns), future.WithRejection(future.DropOldest)
	locked, queue := future.WithThreadLock(), future.WithQueue(2)
	return []*load{
		{"futures", 2, doFutures},
		{"callbacks", 2, doCallbacks},
		{"unread failures", 1, doUnread},
		{"chains", 2, doChains},
		{"tasks", 2, doTasks},
		{"groups", 2, doGroups},
		{"runs", 2, doRuns},
		{"gather", 2, doGather},
		{"race, any", 2, doRace},
		{"wait", 2, doWait},
		{"times", 2, doTimes},
		{"default executor", 2, doDefault},
		{"stream", 2, doStream},
		poolLoad("pool"),
		poolLoad("pool, timed", future.WithTiming()),
		poolLoad("pool, block", queue),
		poolLoad("pool, no queue", future.WithQueue(0)),
		poolLoad("pool, reject", queue, reject),
		poolLoad("pool, caller runs", queue, callerRuns),
		poolLoad("pool, drop oldest", queue, dropOldest),
		poolLoad("locked pool", locked),
		poolLoad("locked pool, block", locked, queue),
		poolLoad("locked pool, drop oldest", locked, queue, dropOldest),
		{"deadlocks", 2, doLocked},
		{"processes", 1, doProcesses},
	}
}
