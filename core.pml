/*
 * The protocol of core.go, in Promela: how a future is settled, by whom, and how those
 * who wait for it hear of that. `.ci/spin` checks it with spin, exhaustively.
 *
 * Two want to settle the future, which is that of a job: the one that runs its function
 * and one that cancels it. Two ask for the channel, and one hangs a link on it and may
 * take it back; with PARK two park and one asks for the channel, with TWICE there are two
 * that cancel it and one that asks for the channel. With PLAIN the future has no owner:
 * SetResult and Cancel settle it.
 *
 * Each atomic step of the Go code is one step here; what only mu guards is changed in one
 * step with the unlock. Nobody may be left waiting, which is an invalid end state, and
 * every assertion has to hold in every interleaving. A macro BUG_… breaks the protocol in
 * one place; each is found.
 */

#define SUCCEEDED 1             /* stateMask: the State; 0 is Pending */
#define FAILED    2
#define CANCELLED 3
#define STATE     3
#define ENTERED   (1 << 2)
#define DROPPED   (1 << 3)
#define ENDED     (1 << 4)
#define SHARED    (1 << 7)
#define WATCHED   (1 << 8)
#define PARKED    (1 << 9)

#define NONE 0                  /* core.ready: not made, open, closed */
#define OPEN 1
#define SHUT 2

#define AWAY  0                 /* a link: in no ring, in core.links, in a ring of drain */
#define HUNG  1
#define TAKEN 2

bit mu;                         /* core.mu */
short word;                     /* core.word */
bit value, failure;             /* the outcome that was stored */
byte ready = NONE;              /* core.ready */
byte group;                     /* the counter of owner.waiters() */
byte adds;                      /* to that: with more, one might meet a Wait of the last */
byte link = AWAY;
byte told;                      /* how often the link's owner heard that the future is done */
bit back;                       /* the link was taken back */
bit published;                  /* word says that the future is done */
bit called;                     /* the function was entered, or never will be */
bit context;                    /* the function's is cancelled */
byte said;                      /* how many Cancels have said that they cancelled the future */

inline lock()   { atomic { !mu -> mu = 1 } }
inline unlock() { mu = 0 }

inline publish(bits) {          /* part of a step that changes word */
	assert(!published);
	published = 1;
	word = word | bits
}

inline done() {                 /* WaitGroup.Done */
	atomic { assert(group > 0); group-- }
}

inline watch(pending) {
	if
	:: d_step { word & WATCHED -> pending = (word & STATE) == 0 }          /* word.Load */
	:: d_step { !(word & WATCHED) -> skip };
		d_step { pending = (word & STATE) == 0; word = word | WATCHED }    /* word.Or */
	fi
}

inline claim(bit_, barred, ok) {
	do
	:: w = word;                                       /* word.Load */
		if
		:: w & (barred) -> ok = false; w = 0; break
		:: else
		fi;
#ifdef BUG_GATE
		word = w | bit_; ok = true; w = 0; break       /* a store in place of the swap */
#else
		if                                             /* word.CompareAndSwap */
		:: d_step { word == w -> word = w | bit_; ok = true; w = 0 }; break
		:: else
		fi
#endif
	od
}

/* begin, the outcome, and commit */
inline settle(state, outcome) {
	lock();
	watch(ok);
#ifdef BUG_NO_BEGIN
	ok = true;
#endif
	if
	:: ok ->
#ifdef BUG_PUBLISH_FIRST
		d_step { publish(state) };
		outcome = 1;
#else
		outcome = 1;
		d_step { publish(state) };                     /* word.Or */
#endif
		commit()
	:: else ->
		unlock()
	fi
}

/* commit, after word.Or */
inline commit() {
	if
	:: ready != NONE -> atomic { assert(ready == OPEN); ready = SHUT }     /* close */
	:: else
	fi;
#ifndef BUG_COMMIT_FORGETS_PARKED
	if
	:: word & PARKED -> done()
	:: else
	fi;
#endif
	d_step {                                           /* c.links = nil, and the unlock */
		if :: link == HUNG -> link = TAKEN :: else fi;
		unlock()
	}
}

/* drain, by who has settled the future */
inline drain(ok) {
	if
	:: d_step { ok && link == TAKEN -> link = AWAY; told++ }
	:: else
	fi
}

inline commitUnwatched(ok) {
	do
	:: w = word;                                       /* word.Load */
		if
#ifdef BUG_SHORTCUT_BLIND
		:: w & STATE ->
#else
		:: w & (WATCHED | STATE) ->
#endif
			ok = false; w = 0; break
		:: else
		fi;
		if                                             /* word.CompareAndSwap */
		:: atomic { word == w -> publish(ENDED | SUCCEEDED) };
			if
#ifndef BUG_SHORTCUT_FORGETS_PARKED
			:: w & PARKED -> done()
#endif
			:: else
			fi;
			ok = true; w = 0; break
		:: else
		fi
	od
}

#ifndef PLAIN

/* task.admitted, call and finish */
proctype runner() {
	short w; bool ok;
	claim(ENTERED, ENTERED | DROPPED, ok);             /* enter */
	if
	:: ok ->
		atomic { assert(!called); called = 1 };
		if
		:: true ->                                     /* the function succeeds */
			value = 1;
			commitUnwatched(ok);
			if
			:: !ok ->
				word = word | ENDED;                   /* word.Or */
				settle(SUCCEEDED, value);
				drain(ok)
			:: else
			fi
		:: true ->                                     /* the function fails */
			word = word | ENDED;                       /* word.Or */
			settle(FAILED, failure);
			drain(ok)
		:: context ->                                  /* it gives up, being cancelled */
			word = word | ENDED;                       /* word.Or */
			settle(CANCELLED, failure);
			drain(ok)
		fi
	:: else
	fi;
	ok = false
}

/* job.cancel: its function is never entered, or its future does not wait for it */
proctype canceller() {
	short w; bool ok;
	claim(DROPPED, ENTERED | DROPPED, ok);             /* drop */
	if
	:: ok ->
		atomic { assert(!called); called = 1 };
		word = word | ENDED;                           /* word.Or */
		settle(CANCELLED, failure);
#ifdef BUG_DROP_SAYS_YES
		said++;
#else
		said = said + ok;
#endif
		drain(ok)
	:: else ->
#ifdef BUG_TELL_FIRST
		context = 1;
#endif
		settle(CANCELLED, failure);
		if
		:: ok -> context = 1
		:: else
		fi;
		said = said + ok;
		drain(ok)
	fi;
	ok = false
}

#else

/* SetResult, which does without commit where there is nobody to tell */
proctype runner() {
	lock();
	if
	:: (word & STATE) == 0 ->
		value = 1;
		if
#ifndef BUG_STORE_BLIND
		:: ready != NONE || link == HUNG ->
			d_step { publish(SUCCEEDED) };             /* word.Or */
			commit();
			drain(true)
#endif
		:: else ->
			d_step { publish(0); word = SUCCEEDED };   /* word.Store */
			unlock()
		fi
	:: else ->
		unlock()
	fi
}

/* Cancel */
proctype canceller() {
	bool ok;
	if
	:: (word & STATE) == 0 ->
		settle(CANCELLED, failure);
		said = said + ok;
		drain(ok)
	:: else
	fi;
	ok = false
}

#endif

/* Result, for one who has heard that the future is done: a load, and what it allows. */
inline result() {
	d_step {
		assert(word & STATE);
		assert((word & STATE) != SUCCEEDED || value);
		assert((word & STATE) == SUCCEEDED || failure)
	}
}

/* Await, by park */
proctype parker() {
	short w; bool ok;
	if
	:: word & STATE                                    /* state */
	:: else ->
		if
		:: !(word & PARKED) ->                         /* word.Load */
#ifndef BUG_ARM_UNLOCKED
			lock();
#endif
			if
#ifdef BUG_ARM_AGAIN
			:: !(word & PARKED) ->
#else
			:: !(word & (PARKED | STATE)) ->
#endif
				adds++; assert(adds == 1);
#ifndef BUG_ARM_LATE
				group++;                               /* Add */
#endif
#ifdef BUG_ARM_DONE
				claim(PARKED, 0, ok);
#else
				claim(PARKED, STATE, ok);
#endif
#ifdef BUG_ARM_LATE
				group++;
#endif
				if
#ifndef BUG_NO_DISARM
				:: !ok -> done()
#endif
				:: else
				fi
			:: else
			fi;
#ifndef BUG_ARM_UNLOCKED
			unlock()
#endif
		:: else
		fi;
		group == 0                                     /* Wait */
	fi;
	ok = false;
	result()
}

/* Ready, and a receive */
proctype receiver() {
	bool ok;
	if                                                 /* word.Load */
	:: word & STATE                                    /* it gets the channel closed */
	:: !(word & STATE) && (word & SHARED) ->
		assert(ready != NONE);
		ready == SHUT                                  /* <-ready */
	:: else ->
		lock();
#ifdef BUG_READY_UNWATCHED
		ok = (word & STATE) == 0;
#else
		watch(ok);
#endif
		if
		:: ok ->
			if
			:: ready == NONE ->
#ifdef BUG_SHARED_FIRST
				word = word | SHARED;
				ready = OPEN
#else
				ready = OPEN;                          /* make */
				word = word | SHARED                   /* word.Or */
#endif
			:: else
			fi;
			unlock();
			ready == SHUT                              /* <-ready */
		:: else ->
			unlock()
		fi
	fi;
	ok = false;
	result()
}

/* register, and perhaps unregister */
proctype registrar() {
	bool ok;
	if
	:: word & STATE                                    /* state */
	:: else ->
		lock();
#ifdef BUG_REGISTER_UNWATCHED
		ok = (word & STATE) == 0;
#else
		watch(ok);
#endif
		d_step {                                       /* push, and the unlock */
			if :: ok -> link = HUNG :: else fi;
			unlock()
		}
	fi;
	if
	:: !ok ->                                          /* it fires the link itself */
		d_step { told++; assert(word & STATE) }
	:: ok && (word & STATE) ->                         /* state: nothing to take back */
		ok = false
	:: ok ->
		ok = false;
		lock();
		if
#ifdef BUG_UNREGISTER_BLIND
		:: link != AWAY ->
#else
		:: (word & STATE) == 0 && link != AWAY ->
#endif
			atomic {                                   /* remove, and the unlock */
				assert(link == HUNG);
				link = AWAY; back = 1;
				unlock()
			}
		:: else ->
			unlock()
		fi
	:: ok                                              /* it waits for the link */
	fi;
	ok = false
}

init {
	atomic {
		run runner(); run canceller();
#ifdef PARK
		run parker(); run parker(); run receiver()
#elif defined(TWICE)
		run canceller(); run receiver()
#else
		run receiver(); run receiver(); run registrar()
#endif
	};
	_nr_pr == 1;                                       /* all have ended */
	assert(published && !mu && group == 0 && ready != OPEN);
	assert(said == ((word & STATE) == CANCELLED));
#if !defined(PARK) && !defined(TWICE)
	assert(told + back == 1)
#endif
}
