package languages

// A work is one workload, as the parent knows it.
type work struct {
	name    string
	what    string
	n       int
	sum     func(n int) int   // of the results of one batch
	less    map[string]string // by the name of the runtime
	lacking []string          // runtimes that cannot do it
}

// What a side does less, wherever it starts tasks.
const (
	nodeTask = "an async function runs at once, within its caller, and cannot be cancelled; one thread"
	javaTask = "the function cannot be cancelled, and no scope waits for it"
	oneLoop  = "one thread: tasks do not run at the same time"
)

// workloads is all that is measured. Go and Python run inside of Run and
// asyncio.run, so their tasks belong to a scope, and can be cancelled.
var workloads = []work{
	{
		name: "create",
		what: "make a pending future, settle it, read it; per future",
		n:    10_000,
		sum:  ofIndexes,
		less: map[string]string{
			python: "for one thread only",
			node:   "for one thread only; cannot be cancelled; cannot be read but by await, which is part of this",
		},
	},
	{
		name: "await-done",
		what: "await a future that is done, under a context where there is one; per await",
		n:    10_000,
		sum:  ofOnes,
		less: map[string]string{
			python: "for one thread only",
			node:   "for one thread only; every await takes a turn of the queue of microtasks",
			java:   "nothing but an interrupt can end a wait",
		},
	},
	{
		name: "task",
		what: "start a task that returns a number, and await it, one after the other; per task",
		n:    1000,
		sum:  ofIndexes,
		less: map[string]string{python: oneLoop, node: nodeTask, java: javaTask},
	},
	{
		name: "gather",
		what: "start 1,000 tasks and await the results of all together; per task",
		n:    1000,
		sum:  ofIndexes,
		less: map[string]string{
			python: oneLoop,
			node:   nodeTask,
			java:   javaTask + "; allOf has no results: they are read one by one",
		},
	},
	{
		name: "chain",
		what: "put 1,000 steps that add one on a pending future, settle it, read the last; per step",
		n:    1000,
		sum:  func(n int) int { return n },
		less: map[string]string{
			python: "no such function: a step is a done callback that settles a new future, written by hand, and one that raises leaves the rest pending",
			node:   "for one thread only",
		},
	},
	{
		name: "callbacks",
		what: "add 1,000 done callbacks to a pending future, settle it, until all have been called; per callback",
		n:    1000,
		sum:  ofOnes,
		less: map[string]string{
			python: "for one thread only",
			node:   "for one thread only; a callback cannot be taken back",
			java:   "called inside of complete, the last added first; cannot be taken back",
		},
	},
	{
		name: "remove-callback",
		what: "add a done callback to a pending future and take it back, one after the other; per callback",
		n:    1000,
		sum:  ofOnes,
		less: map[string]string{
			python: "for one thread only",
			node:   "cannot: a callback stays for as long as its promise",
			java:   "cannot: a callback stays for as long as its future is pending",
		},
		lacking: []string{node, java},
	},
	{
		name: "waiters",
		what: "10,000 tasks await one future, it is settled, until all have returned; per waiter",
		n:    10_000,
		sum:  ofOnes,
		less: map[string]string{
			python: oneLoop,
			node:   nodeTask,
			java:   "nobody waits: a waiter would be a thread, and is a dependent stage instead",
		},
	},
	{
		name: "pool",
		what: "10,000 small jobs through a pool of 8 workers, and their results; per job",
		n:    10_000,
		sum:  ofIndexes,
		less: map[string]string{
			python: "one job at a time has the interpreter's lock; one that has begun is not told that it is cancelled",
			node:   "cannot: no pool for functions in the standard library, and worker_threads share no closures",
			java:   "a job that has begun is not told that it is cancelled",
		},
		lacking: []string{node},
	},
	{
		name: "time-limit",
		what: "start a task and await it for a minute at most, in which it returns; per task",
		n:    1000,
		sum:  ofIndexes,
		less: map[string]string{
			python: oneLoop,
			node:   "no such function: a race with a timer, written by hand, and nothing would be cancelled; one thread",
			java:   "at the limit the function would not be told",
		},
	},
	{
		name: "memory",
		what: "1,000,000 pending futures, without the array that holds them: the time to make one, and its bytes",
		n:    1_000_000,
		sum:  ofOnes,
		less: map[string]string{
			python: "for one thread only",
			node:   "for one thread only; cannot be cancelled; with the function without which nobody could settle the promise",
		},
	},
}

// atMost returns w with batches of no more than n operations.
func (w work) atMost(n int) work {
	w.n = min(w.n, n)
	return w
}

func ofOnes(n int) int    { return n }
func ofIndexes(n int) int { return n * (n - 1) / 2 }
