/*
 * The protocol of context.go, in Promela: the standard context of a task is made at most
 * once, and ends when the task or its parent does, whoever makes it and when. See
 * core.pml, and `.ci/spin`, which checks it.
 *
 * The task ends, and its parent may be cancelled. Two want the context's channel; with
 * CANCEL one cancels the task and one asks twice for the context's error.
 */

#define ENDED 1                 /* core.word */
#define DEAD  2                 /* endedDead: the parent was done by then */

#define NONE   0                /* what a context has ended with; NONE: it has not */
#define PARENT 1                /* the parent's cause */
#define CAUSE  2                /* that of Cancel */
#define NIL    3                /* context.Canceled alone */

byte word;                      /* core.word */
bit parent;                     /* the parent is done, by its error */
bit pmu;                        /* the parent's mutex, which a cancellation holds */
byte real;                      /* taskContext.real: who has made it, 0 while nobody has */
byte end[3] = NONE;             /* of the context that each of those may make */
bit child[3];                   /* the parent will cancel it */

/* cancel is a context's own, which keeps the first cause. */
inline cancel(c, cause) {
	d_step {
		if :: end[c] == NONE -> end[c] = cause; child[c] = 0 :: else fi
	}
}

/* materialise, for the one whose number is me */
inline materialise() {
	if
	:: real -> skip                                    /* real.Load */
	:: else ->
		late = (word & (ENDED | DEAD)) == ENDED;       /* word.Load */
		if
#ifndef BUG_ALWAYS_CHILD
		:: late                                        /* WithoutCancel, WithCancelCause */
#endif
		:: else ->
			atomic { !pmu -> pmu = 1 };                /* WithCancelCause */
			d_step {
				if :: parent -> end[me] = PARENT :: else -> child[me] = 1 fi;
				pmu = 0
			}
		fi;
#ifdef BUG_NO_SWAP
		if
		:: real == 0 -> real = me
#else
		if                                             /* real.CompareAndSwap */
		:: d_step { real == 0 -> real = me };
#endif
#ifndef BUG_NO_LOOK
			if
			:: word & ENDED -> cancel(me, NIL)         /* word.Load */
			:: else
			fi
#endif
		:: else ->
			cancel(me, NIL)
		fi
	fi
}

/* task.finish */
proctype task() {
	byte bits = ENDED, r;
	if
	:: parent -> bits = ENDED | DEAD                   /* parent.Err */
	:: else
	fi;
#ifdef BUG_CLOSE_FIRST
	r = real;
	word = word | bits;
#else
	word = word | bits;                                /* commitUnwatched, or word.Or */
	r = real;                                          /* real.Load */
#endif
	if
	:: r -> cancel(r, NIL)
	:: else
	fi;
	bits = 0; r = 0
}

/* the cancel function of the parent */
proctype canceller() {
	atomic { !pmu -> pmu = 1 };
	parent = 1;
	if
	:: child[1] -> cancel(1, PARENT)
	:: else
	fi;
	if
	:: child[2] -> cancel(2, PARENT)
	:: else
	fi;
	pmu = 0
}

/* Done, and a receive */
proctype receiver(byte me) {
	bool late; byte r;
	materialise();
	r = real;                                          /* what materialise returns */
	end[r] != NONE;                                    /* <-Done() */
	assert(real == r);
	assert(!(late && r == me && end[r] == PARENT));    /* the task was first */
	late = false; r = 0
}

/* task.cancel, of a task whose function was entered */
proctype requester(byte me) {
	bool late; byte r;
	materialise();
	r = real;                                          /* what materialise returns */
	cancel(r, CAUSE);
	assert(real == r && end[r] != NONE);
	late = false; r = 0
}

/* Err, two times */
proctype observer(byte me) {
	bool late; byte first, n;
	do
	:: n < 2 ->
		n++;
		if
		:: real ->                                     /* real.Load */
			assert(first == NONE || first == end[real]);
			first = end[real]
		:: else ->
			if
			:: !(word & ENDED) ->                      /* word.Load */
				if
				:: !parent -> assert(first == NONE)    /* parent.Err */
#ifdef BUG_ERR_ALONE
				:: else -> first = PARENT
#else
				:: else -> goto make
#endif
				fi
			:: else ->
make:			materialise();
				assert(first == NONE || first == end[real]);
				first = end[real]
			fi
		fi
	:: else -> break
	od;
	late = false; first = 0; n = 0
}

init {
	atomic {
		run task();
		if :: run canceller() :: true fi;
#ifdef CANCEL
		run requester(1); run observer(2)
#else
		run receiver(1); run receiver(2)
#endif
	};
	_nr_pr == 1;                                       /* all have ended */
	assert(real && end[real] != NONE);
	assert(!child[1] && !child[2])                     /* nothing stays with the parent */
}
