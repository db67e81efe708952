/*
 * The protocol of deadlock.go, in Promela: when all workers of a thread-locked pool wait
 * for what is queued behind them, one wait ends with ErrDeadlock, and none does when
 * that is not so. See core.pml, and `.ci/spin`, which checks it.
 *
 * A pool has two workers. Job A waits for a task, which waits for job Q. Job B waits for Q
 * too, or does not. Before Q there is a job R in the queue, for which nobody waits. One
 * submits Q, and one cancels R or else Q, if it is in the queue then.
 */

#define A 0                     /* the jobs that have a worker from the beginning */
#define B 1
#define Q 2
#define R 3
#define TASK 4                  /* no job */
#define NOBODY 5

bit mu;                         /* Pool.mu */
bit queued[4];                  /* the job is in Pool.queue */
bit known;                      /* Q was submitted */
bit done[5];                    /* the future is */
byte awaiting[5] = NOBODY;      /* realContext.waits */

byte stall[2] = NOBODY;         /* stalls.list: the jobs, in the order in which they wait */
byte count;                     /* stalls.count */
byte version;                   /* stalls.version */
byte stalled;                   /* of all pools */
bit deadlock[2];                /* the wait's channel is closed */
bit waits;                      /* B waits for Q */
bit cancelled;                  /* so was Q */

inline lock()   { atomic { !mu -> mu = 1 } }
inline unlock() { mu = 0 }

/* stalls.remove, where job is in the list; part of a step under mu */
inline removeStall(job) {
	if
	:: stall[0] == job -> stall[0] = stall[1]; stall[1] = NOBODY; count--; version++; stalled--
	:: stall[0] != job && stall[1] == job -> stall[1] = NOBODY; count--; version++; stalled--
	:: else
	fi
}

/* stalls.settled in a loop, which is stalls.check */
inline check() {
	do
	:: lock();
		if
		:: count < 2 || !(queued[Q] || queued[R]) -> unlock(); break
		:: else ->
			d_step { seen = version; unlock() };
			/* What A waits for: holdsUp. */
			if
			:: done[TASK] -> stuck = false
			:: else ->
				stuck = (awaiting[TASK] == Q)          /* sources */
			fi;
			/* What the task and B wait for. */
			if
			:: !stuck || done[Q] -> stuck = false      /* state */
			:: else ->
				atomic { !mu -> stuck = queued[Q] }    /* Pool.waiting */
			fi;
			lock();
			if
#ifndef BUG_NO_VERSION
#ifdef BUG_NO_RETRY
			:: version != seen -> unlock(); break
#else
			:: version != seen -> unlock()
#endif
#endif
			:: else ->
				if
				:: stuck ->
					atomic {
						assert(queued[Q] && !done[Q] && awaiting[TASK] == Q && count == 2);
						last = stall[1];
						assert(!deadlock[last]);       /* close */
						deadlock[last] = 1;
#ifndef BUG_STAYS
						removeStall(last);
#endif
						last = 0
					}
				:: else
				fi;
				unlock();
				break
			fi
		fi
	od;
	stuck = false; seen = 0
}

inline checkStalled(f) {
	if
	:: stalled == 0                                    /* stalled.Load */
	:: else ->
		if
		:: f == TASK ->
			if
			:: done[TASK] || awaiting[TASK] != Q       /* sources */
			:: else -> check()
			fi
		:: else ->
			if
			:: done[Q]
			:: else -> check()
			fi
		fi
	fi
}

/* taskContext.lending, without the wait */
inline begin(who, f) {
#ifdef BUG_AWAITING_LATE
	checkStalled(f);
	awaiting[who] = f
#else
	awaiting[who] = f;                                 /* beginWait */
#ifdef BUG_NO_TASK_CHECK
	skip
#else
	checkStalled(f)
#endif
#endif
}

/* Pool.lend */
inline lend(job) {
#ifdef BUG_CHECK_FIRST
	check();
#endif
	lock();
	d_step {                                           /* stalls.add, and the unlock */
		stall[count] = job; count++; version++; stalled++;
		unlock()
	};
#ifndef BUG_CHECK_FIRST
	check()
#endif
}

/* Future.Await in a job */
inline await(job, f) {
	begin(job, f);
	lend(job);
	done[f] || deadlock[job];                          /* block */
	lock();
	d_step { removeStall(job); unlock() };             /* Pool.reclaim */
	awaiting[job] = NOBODY
}

/* Pool.work: its first job, and then those in the queue */
proctype worker(byte job) {
	bool stuck; byte seen, last;
	if
	:: job == A -> await(A, TASK)
	:: job == B && known ->
		if
		:: true -> waits = 1; await(B, Q)
		:: true
		fi
	fi;
	done[job] = 1;
	do
	:: (queued[Q] || queued[R]) && !mu ->
		lock();
		d_step {                                       /* next: take and give */
			if
			:: queued[R] -> queued[R] = 0; version++; job = R
			:: !queued[R] && queued[Q] -> queued[Q] = 0; version++; job = Q
			:: else -> job = NOBODY
			fi;
			unlock()
		};
		if
		:: job != NOBODY -> done[job] = 1              /* it settles */
		:: else
		fi
	:: done[Q] && done[R] -> break
	od;
	job = 0
}

/* the task that A waits for, which is in no pool */
proctype task() {
	bool stuck; byte seen, last;
	known;
	begin(TASK, Q);
	done[Q];
	awaiting[TASK] = NOBODY;
	done[TASK] = 1
}

/* Pool.Execute */
proctype submitter() {
	bool stuck; byte seen, last;
	lock();
	d_step { queued[Q] = 1; unlock() };                /* enqueue, and the unlock */
	check();
	known = 1
}

/* job.cancel, before the job has a worker */
proctype canceller() {
	byte job = R;
	if
	:: true
	:: true -> job = Q
	fi;
	lock();
	if
	:: queued[job] ->
		d_step { queued[job] = 0; version++; unlock() };                   /* discard */
		if
		:: job == Q -> cancelled = 1
		:: else
		fi;
		done[job] = 1                                  /* refuse */
	:: else ->
		unlock()
	fi;
	job = 0
}

init {
	atomic {
		queued[R] = 1;
		run worker(A); run worker(B); run task(); run submitter(); run canceller()
	};
	_nr_pr == 1;                                       /* all have ended */
	assert(count == 0 && stalled == 0);
	assert(deadlock[A] + deadlock[B] == waits || cancelled && deadlock[A] + deadlock[B] == 0)
}
