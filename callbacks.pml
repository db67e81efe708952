/*
 * The protocol of callbacks.go, in Promela: each callback is called once unless it was
 * stopped, in order and one at a time, by a dispatcher of which there is one at most.
 * See core.pml, of which this is the other half, and `.ci/spin`, which checks it.
 *
 * The future is that of a task. It is settled, while one adds callback 0, one adds
 * callback 1 and one stops it; callback 0 adds callback 2. Each of them may end its
 * goroutine. With SCOPED the task belongs to a scope, which nothing else keeps from
 * ending.
 */

#define DONE        1           /* stateMask: any State but Pending */
#define WATCHED     2
#define DISPATCHING 4

bit mu;                         /* core.mu */
byte word;                      /* core.word */
chan ring = [3] of { byte };    /* core.callbacks; changed with one step under mu */
bit linked[3];                  /* the callback is in the ring */
bit released;                   /* waiters were let go */
byte dispatchers;               /* goroutines that call callbacks */

byte order[3];                  /* when it was added */
byte added, last;
bit early[3];                   /* it was added while the task was not done */
bit called[3]; bit stopped;   

byte count = 1;                 /* scope.count: the task itself */
bit ended;                      /* scope.ended */

inline lock()   { atomic { !mu -> mu = 1 } }
inline unlock() { mu = 0 }

inline leave() {                /* scope.leave, under its own mutex */
	atomic {
		assert(!ended && count > 0);
		count--;
		if :: count == 0 -> ended = 1 :: else fi
	}
}

inline startDispatcher() {
	if
#ifndef BUG_NO_BIT
	:: word & DISPATCHING                              /* word.Load */
#endif
	:: else ->
		word = word | DISPATCHING;                     /* word.Or */
#ifdef SCOPED
		atomic {                                       /* scope.enter, under its own mutex */
			if
			:: ended -> s = false                      /* too late for the scope to wait */
			:: else ->
				s = true;
#ifndef BUG_NO_ENTER
				count++
#endif
			fi
		};
#endif
		run dispatch(s)
	fi
}

/* AddDoneCallback */
inline add(n) {
#ifdef BUG_ADD_UNLOCKED
	pending = !(word & DONE);
	lock();
#else
	lock();
#endif
	d_step { ring!n; linked[n] = 1; order[n] = added; added++ };           /* push */
#ifdef BUG_ADD_UNWATCHED
	pending = !(word & DONE);
#else
#ifndef BUG_ADD_UNLOCKED
	if                                                 /* watch */
	:: d_step { word & WATCHED -> pending = !(word & DONE) }               /* word.Load */
	:: d_step { !(word & WATCHED) -> skip };
		d_step { pending = !(word & DONE); word = word | WATCHED }         /* word.Or */
	fi;
#endif
#endif
	early[n] = pending;
	if
	:: !pending -> startDispatcher()
	:: else
	fi;
	unlock()
}

proctype adder(byte n) {
	bool pending, s;
	add(n);
	pending = false; s = false
}

/* callback.stop */
proctype stopper() {
	linked[1] || called[1];
#ifdef BUG_STOP_UNLOCKED
	if
	:: linked[1] ->
		lock();
#else
	lock();
	if
	:: linked[1] ->
#endif
		d_step {                                       /* remove */
			if :: ring??[1] -> ring??1 :: else fi;
			linked[1] = 0; stopped = 1
		};
		unlock()
	:: else ->
#ifndef BUG_STOP_UNLOCKED
		unlock()
#endif
	fi
}

inline commit() {
	lock();                                            /* begin */
	word = word | WATCHED;
	word = word | DONE;                                /* word.Or */
	released = 1;                                      /* close(ready) */
	if
	:: nempty(ring) -> startDispatcher()
	:: else
	fi;
	unlock()
}

/* task.finish, which settles the future, and the end of the task in its scope */
proctype settler() {
	bool s;
#ifndef SCOPED
	if                                                 /* commitUnwatched */
	:: d_step { !(word & WATCHED) -> word = word | DONE; released = 1 }
	:: word & WATCHED -> commit()
	fi
#else
	commit();
	leave()                                            /* membership.fire, at the end of drain */
#endif
}

/* core.dispatch, on a goroutine of its own */
proctype dispatch(bool s) {
	bool pending; byte n;
	atomic { dispatchers++; assert(dispatchers == 1) };
	do
	:: lock();
		if
		:: atomic { nempty(ring) -> ring?n; linked[n] = 0 };               /* pop */
			unlock();
			atomic {                                   /* callBack */
				assert(released && !called[n] && !(n == 1 && stopped));
				called[n] = 1;
				assert(last <= order[n]);              /* in order */
				last = order[n];
#ifdef SCOPED
				assert(s || !early[n]);                /* the scope waits for it */
				assert(!s || !ended)
#endif
			};
			if
			:: n == 0 -> add(2)
			:: else
			fi;
			if
			:: true                                    /* it returns */
			:: true ->                                 /* it ends this goroutine */
				dispatchers--;
#ifdef BUG_GOEXIT_LEAVES
				if
				:: s -> leave()
				:: else
				fi;
#endif
#ifndef BUG_NO_SUCCESSOR
				run dispatch(s);
#endif
				goto gone
			fi
		:: empty(ring) ->
			dispatchers--;
#ifdef BUG_BIT_LATE
			unlock();
			word = word & ~DISPATCHING;
#else
			word = word & ~DISPATCHING;                /* word.And */
			unlock();
#endif
			if
			:: s -> leave()
			:: else
			fi;
			break
		fi
	od;
gone:
	n = 0; pending = false; s = false
}

init {
	atomic { run settler(); run adder(0); run adder(1); run stopper() };
	_nr_pr == 1;                                       /* all have ended */
	assert(called[0] && called[2] && called[1] + stopped == 1);
	assert(!mu && dispatchers == 0 && !(word & DISPATCHING));
#ifdef SCOPED
	assert(ended && count == 0)
#endif
}
