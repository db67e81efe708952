/*
 * The protocol of queue.go, with those parts of pool.go, door.go, lend.go and worker.go
 * that rest on it, in Promela: a job that is handed to a pool is run, dropped or
 * rejected, once, and no job waits while a worker may have it. See core.pml, and
 * `.ci/spin`, which checks it.
 *
 * One submits all jobs but the last, one submits that, and one cancels a job, before it
 * is handed over or when it is. There is one worker at a time, of as many as are needed,
 * and the queue has room for all. The macros say what is different:
 *
 *	BOUNDED  how many jobs the queue has room for
 *	OLDEST   who finds it full drops the oldest
 *	NESTED   job 0 submits the last, on its worker
 *	LEND     job 0 waits for 1, and 1 for 2, on their workers
 *	IDLE     workers stay for a while, and one calls Shutdown in the end
 *	CLOSED   one calls Shutdown, or ShutdownNow before it, at any time
 *
 * What a goroutine does under the mutex of the queue's back is one step here: it has at
 * most one load of what does not need that mutex. Steps on what only the pool's mutex
 * guards are taken together where there are several in a row.
 */

#ifndef JOBS
#define JOBS 3                  /* one submits all but the last */
#endif
#ifndef SIZE
#define SIZE 1                  /* Pool.places.size */
#endif
#define NONE JOBS               /* no job */

#ifdef BOUNDED
#define CAPACITY BOUNDED        /* backlog.capacity */
#else
#define CAPACITY JOBS
#endif

bit mu;                         /* Pool.mu */
byte count, lent;               /* of workers; places.used is the difference */
byte leaving;                   /* of workers: they are about to go */
byte idle;                      /* Pool.idle: workers, which are all alike */
bit refusal;
bit drained;                    /* that channel is closed */
chan wake = [JOBS] of { byte }; /* worker.wake, of all of them, with worker.job */
chan again = [JOBS] of { byte };                       /* Pool.places.back */
bit goes[JOBS];                 /* its channel in there is closed */
chan door = [JOBS] of { byte }; /* Pool.blocked */
bit answered[JOBS], sent[JOBS]; /* submitter.done is closed; with an error */

chan front = [JOBS] of { byte };                       /* backlog */
chan back = [JOBS] of { byte };
byte room;

bit claimed[JOBS];              /* jobHead.pool */
bit dropped[JOBS], entered[JOBS];
bit closed[JOBS];               /* the job's context */
bit settled[JOBS];              /* its future */

byte counted[JOBS];             /* in Completed, Rejected or Dropped of PoolStats */
bit given[JOBS];                /* it had a worker */
bit left[JOBS];                 /* Cancel is through with the queue */
bit returned[JOBS];             /* so is Execute */
bit shutDown;                   /* so is Shutdown with mu */
byte running;                   /* jobs that run and do not wait */
byte hurried;                   /* jobs that went on when there was one too many */

#define queued    (len(front) + len(back))
#define isIn(job) (front??[eval(job)] || back??[eval(job)])
#define mayRun    (idle > 0 || count - lent < SIZE)
#define tooMany   (count - lent - leaving > SIZE)

inline lock() { atomic { !mu -> mu = 1 } }

inline unlock() {               /* and what holds whenever nobody has mu */
	d_step {
		assert(queued == 0 || !mayRun);
		assert(room == 0 || !mayRun && len(door) == 0 && !refusal);
		assert(len(door) == 0 || queued >= CAPACITY);
		mu = 0
	}
}

inline account(job) { assert(!counted[job]); counted[job] = 1 }

/* backlog */

inline put(job) {
	d_step {
		ok = false;
		if
#ifdef BUG_PUT_BLIND
		:: len(back) >= CAPACITY
#else
		:: len(back) >= room
#endif
#ifndef BUG_PUT_FORGETS_DROPPED
		:: len(back) < room && dropped[job]
#endif
		:: else ->
			back!job;
			ok = true;
			assert(queued <= CAPACITY && len(door) == 0 && !shutDown)
		fi
	}
}

inline push(job) {
	d_step {
		ok = false;
		if
		:: queued >= CAPACITY
		:: else ->
			back!job;
			ok = true;
			if
#ifndef BUG_OPEN_AT_DOOR
			:: len(door) > 0
#endif
			:: else -> room = CAPACITY - len(front)
			fi
		fi
	}
}

inline pop(job) {
	d_step {
		if
		:: len(front) == 0 ->                          /* swap */
			do
			:: len(back) > 0 -> back?job; front!job
			:: else -> break
			od;
			if
#ifndef BUG_POP_LEAVES_OPEN
			:: len(front) == 0 -> room = 0
#endif
#ifndef BUG_SWAP_KEEPS_ROOM
			:: len(front) > 0 && room > 0 -> room = CAPACITY - len(front)
#endif
			:: else
			fi
		:: else
		fi;
		if
		:: len(front) > 0 -> front?job
		:: else -> job = NONE
		fi
	}
}

inline remove(job) {
	d_step {
		ok = isIn(job);
		if
		:: front??[eval(job)] -> front??eval(job)
		:: back??[eval(job)] -> back??eval(job)
		:: else
		fi
	}
}

/* Pool, with mu held */

inline admit(job, err) {
	d_step {
		if
		:: len(door) > 0 -> door?job; sent[job] = err; answered[job] = 1
		:: else -> job = NONE
		fi
	}
}

inline enqueue(job) {
	push(job);
#ifndef BUG_ENQUEUE_BLIND
	if
	:: ok && dropped[job] ->
		remove(job);
		if
		:: ok -> account(job)
		:: else
		fi;
		ok = true
	:: else
	fi
#endif
}

inline refill() {
	do
	:: len(door) > 0 && queued < CAPACITY ->
		admit(more, 0);
		enqueue(more);
		assert(ok);
		more = 0
	:: else -> break
	od
}

inline take(job) {
	pop(job);
	if
	:: job == NONE -> admit(job, 0)
	:: else -> refill()
	fi
}

inline give(job) {
	d_step {
		assert(!given[job] && !counted[job]);
		assert(job == 0 || job == JOBS - 1 || given[job - 1] || counted[job - 1]); /* in order */
		given[job] = 1
	}
}

inline assign(job) {
	give(job);
	if
	:: idle > 0 -> atomic { idle--; wake!job }
	:: else -> atomic { count++; run worker(job) }
	fi
}

inline dismiss() { atomic { idle--; leaving++; wake!NONE } }

inline balance() {
	do
	:: count - lent < SIZE ->
		if
		:: d_step { len(again) > 0 -> again?next; lent--; goes[next] = 1 }
		:: len(again) == 0 ->
			take(next);
			if
			:: next == NONE -> break
			:: else -> assign(next)
			fi
		fi
	:: else -> break
	od;
	next = 0
}

/* Pool, without mu */

inline lend() {
	atomic { lock(); lent++ };
#ifndef BUG_LEND_ALONE
	balance();
#endif
	unlock()
}

inline reclaim(job) {
	atomic {
		lock();
		if
		:: count - lent < SIZE -> lent--; goes[job] = 1
		:: else ->
			again!job;
			if
#ifndef BUG_NO_DISMISSAL
			:: idle > 0 -> dismiss()
#endif
			:: else
			fi
		fi;
		unlock()
	};
	if
	:: true -> goes[job]
	:: true ->                                         /* ctx is done */
		atomic {
			lock();
			if
			:: again??[eval(job)] -> again??eval(job); lent--; hurried++
			:: else
			fi;
			unlock()
		}
	fi;
	goes[job] = 0
}

inline discard(job) {
	lock();
	remove(job);
	if
	:: ok ->
		account(job);
#ifndef BUG_NO_REFILL
		refill()
#endif
	:: else
	fi;
	unlock();
	ok = false
}

/* job.Drop, for a job that is in no queue */
inline drop(job) {
	d_step {
		if
		:: !dropped[job] && !entered[job] -> dropped[job] = 1; closed[job] = 1; settled[job] = 1
		:: else
		fi
	}
}

/* waitForPlace; for the job `caller` that lends its worker, if it is one */
inline waitForPlace(job, caller) {
	door!job;
#ifndef BUG_DOOR_LEAVES_OPEN
	room = 0;                                          /* shut */
#endif
	unlock();
	if
	:: caller != NONE -> lend()
	:: else
	fi;
	answered[job] || closed[job];
	if
	:: caller != NONE -> reclaim(caller)
	:: else
	fi;
	atomic {
		lock();
		if
		:: door??[eval(job)] ->
			door??eval(job);
			account(job);
			sent[job] = 1
		:: else
		fi;
		unlock()
	}
}

/* Pool.Execute, and execute, which settles the future if that is an error */
inline execute(job, caller) {
#ifndef BUG_CLAIM_LATE
	claimed[job] = 1;                                  /* CompareAndSwap */
#endif
	put(job);
	if
	:: ok
	:: else ->
		lock();
		if
		:: atomic { refusal -> account(job); sent[job] = 1; unlock() }
		:: atomic { !refusal && mayRun -> assign(job); unlock() }
		:: else ->
			enqueue(job);
			if
			:: ok -> unlock()
			:: else ->
#ifdef OLDEST
				room = 0;                              /* shut */
				pop(more);
				account(more);
				claimed[more] = 0;
				enqueue(job);
				assert(ok);
				unlock();
				drop(more);
				more = 0
#else
				waitForPlace(job, caller)
#endif
			fi
		fi
	fi;
#ifdef BUG_CLAIM_LATE
	claimed[job] = 1;
#endif
	if
	:: sent[job] -> claimed[job] = 0; drop(job)
	:: else
	fi;
	d_step {
		returned[job] = 1;
		assert(!(left[job] && isIn(job)));             /* it takes up no place */
		ok = false
	}
}

inline runs() {
	d_step { running++; assert(running <= SIZE + hurried) }
}

inline await(job) {
	running--;
	lend();
	settled[job + 1];
	reclaim(job);
	runs()
}

/* Pool.work */
proctype worker(byte job) {
	bool ok, stays; byte next, more;
	do
	:: job != NONE ->
		if                                             /* Run */
		:: d_step { !dropped[job] -> entered[job] = 1 };
			runs();
#ifdef LEND
			if
			:: job < 2 -> await(job)
			:: else
			fi;
#endif
#ifdef NESTED
			if
			:: job == 0 -> running--; execute(JOBS - 1, 0); runs()
			:: else
			fi;
#endif
			d_step { running--; settled[job] = 1 }
		:: dropped[job]
		fi;
		atomic {                                       /* next */
			lock();
			account(job);
			job = NONE;
			stays = false
		};
		if
		:: !tooMany && len(again) == 0 ->
			take(job);
			if
			:: job != NONE -> give(job)
#ifdef IDLE
			:: job == NONE && !refusal ->
#ifdef BUG_REST_LATE
				unlock();
				lock();
#endif
				idle++; stays = true
#endif
			:: else
			fi
		:: else
		fi;
		if
		:: job == NONE && !stays -> leaving++          /* leave */
		:: else
		fi;
		unlock();
#ifdef IDLE
		if
		:: stays ->                                    /* rest */
			if
			:: true -> wake?job
			:: true ->                                 /* the timer is faster */
				lock();
				if
				:: idle > 0 -> idle--; leaving++; unlock()
				:: else ->
					unlock();
#ifndef BUG_TIMER_BLIND
					wake?job
#endif
				fi
			fi
		:: else
		fi
#endif
	:: else -> break
	od;
	atomic { lock(); count--; leaving-- };             /* remove */
#ifndef BUG_REMOVE_ALONE
	balance();
#endif
	atomic {
		if
		:: count == 0 && shutDown -> assert(!drained); drained = 1
		:: else
		fi;
		unlock()
	};
	job = 0; stays = false; next = 0
}

proctype submitter(byte job, last) {
	bool ok; byte next, more;
	do
	:: job <= last -> execute(job, NONE); job++
	:: else -> break
	od;
	job = 0; last = 0
}

/* Future.Cancel: job.abandon */
proctype canceller() {
	bool ok; byte job, next, more;
	if
	:: job = 2
#if !defined(CLOSED) && !defined(IDLE)
	:: job = 1
	:: job = 0
#endif
	fi;
	if
	:: d_step { !entered[job] && !dropped[job] -> dropped[job] = 1 };      /* drop */
		closed[job] = 1;
		if
		:: claimed[job] -> discard(job)
		:: else
		fi;
		d_step {
			left[job] = 1;
			assert(!(returned[job] && isIn(job)));     /* it takes up no place */
			settled[job] = 1
		}
	:: else
	fi;
	job = 0
}

/* Shutdown, or ShutdownNow and then Shutdown */
proctype closer() {
	byte job, list;
#ifdef IDLE
	settled[0] && settled[1] && settled[2];
#endif
	atomic { lock(); refusal = 1 };                    /* refuse */
#ifndef BUG_REFUSE_LEAVES_OPEN
	room = 0;                                          /* shut */
#endif
	atomic {
		do
		:: len(door) > 0 -> admit(job, 1); account(job)
		:: else -> break
		od;
		do
		:: idle > 0 -> dismiss()
		:: else -> break
		od
	};
	if
	:: true
#ifdef CLOSED
	:: true ->
		do                                             /* dropQueue */
		:: pop(job);
			if
			:: job == NONE -> break
			:: else -> claimed[job] = 0; account(job); list = list | 1 << job
			fi
		od
#endif
	fi;
	atomic {
		if
		:: count == 0 -> drained = 1
		:: else
		fi;
		shutDown = 1;
		unlock()
	};
	atomic {
		for (job : 0 .. JOBS - 1) {
			if
			:: list & 1 << job -> drop(job)
			:: else
			fi
		}
	};
	drained;
	assert(count == 0 && queued == 0);
	job = 0; list = 0
}

init {
	byte job;
	atomic {
		run submitter(0, JOBS - 2); run canceller();
#ifndef NESTED
		run submitter(JOBS - 1, JOBS - 1);
#endif
#if defined(CLOSED) || defined(IDLE)
		run closer()
#endif
	};
	_nr_pr == 1;                                       /* all have ended */
	assert(returned[JOBS - 2]);
	assert(!mu && count == 0 && lent == 0 && leaving == 0 && idle == 0 && running == 0);
	assert(queued == 0 && len(door) == 0 && len(again) == 0 && len(wake) == 0);
	atomic {
		for (job : 0 .. JOBS - 1) {
			assert(counted[job] == returned[job] && (settled[job] || !returned[job]))
		}
	}
}
