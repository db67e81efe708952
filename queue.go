package future

import (
	"sync"
	"time"
)

// A jobQueue is a ring of jobs in the order in which they came. A job that is
// cancelled leaves a hole in its slot, so that it goes in constant time; holes are
// closed when the ring is full.
//
// Slots are numbered without end, modulo 1<<32, and lie in the buffer modulo its
// length, which is a power of two.
type jobQueue struct {
	jobs       []Job
	since      []time.Time // when they came, parallel to jobs; nil unless timed
	timed      bool
	head, tail uint32 // the first slot, and the one after the last
	live       int    // slots that are no holes
}

const minQueue = 16

// now reads the clock, if the queue is timed.
func (q *jobQueue) now() (t time.Time) {
	if q.timed {
		t = time.Now()
	}
	return t
}

func (q *jobQueue) push(job Job) { q.add(job, q.now()) }

func (q *jobQueue) add(job Job, since time.Time) {
	if int(q.tail-q.head) == len(q.jobs) {
		q.grow()
	}
	i := q.index(q.tail)
	q.jobs[i] = job
	if q.timed {
		q.since[i] = since
	}
	job.head().slot = q.tail
	q.tail++
	q.live++
}

func (q *jobQueue) index(slot uint32) int { return int(slot & uint32(len(q.jobs)-1)) }

// grow makes room for one more job at least, and closes the holes.
func (q *jobQueue) grow() {
	size := max(len(q.jobs), minQueue)
	if q.live > size/2 {
		size *= 2
	}
	next := jobQueue{jobs: make([]Job, size), timed: q.timed}
	if q.timed {
		next.since = make([]time.Time, size)
	}
	for slot := q.head; slot != q.tail; slot++ {
		i := q.index(slot)
		if job := q.jobs[i]; job != nil {
			next.add(job, q.cameAt(i))
		}
	}
	*q = next
}

// cameAt says when the job came that is at i, if the queue is timed.
func (q *jobQueue) cameAt(i int) (t time.Time) {
	if q.timed {
		t = q.since[i]
	}
	return t
}

// pop takes the first job out, nil if there is none, and says when it came. It leaves
// the job alone, whose memory another processor has.
func (q *jobQueue) pop() (Job, time.Time) {
	if q.live == 0 {
		return nil, time.Time{}
	}
	i := q.index(q.head)
	job, since := q.jobs[i], q.cameAt(i)
	q.clear(i)
	return job, since
}

// has reports whether the job is in the queue.
func (q *jobQueue) has(h *jobHead) bool {
	if h.slot-q.head >= q.tail-q.head {
		return false
	}
	job := q.jobs[q.index(h.slot)]
	return job != nil && job.head() == h
}

// remove takes the job out, if it is in the queue.
func (q *jobQueue) remove(h *jobHead) bool {
	if !q.has(h) {
		return false
	}
	q.clear(q.index(h.slot))
	return true
}

// clear takes the job out that is at i.
func (q *jobQueue) clear(i int) {
	q.jobs[i] = nil
	q.live--
	if q.live == 0 {
		q.head = q.tail
		if len(q.jobs) > keepQueue {
			*q = jobQueue{timed: q.timed} // a burst is no reason to keep the memory
		}
		return
	}
	// The first slot is never a hole.
	for q.jobs[q.index(q.head)] == nil {
		q.head++
	}
}

const keepQueue = 1 << 10

// A backlog is the queue of a pool, in two parts: jobs come into the back and leave from
// the front. With one mutex for both, who hands jobs over and who takes them would be in
// each other's way; so the back has one of its own, and becomes the front when that is
// empty. BenchmarkPoolSubmitters shows what it is for: with one mutex it is slower by a third.
//
// While every worker is busy the backlog is open, and to hand a job over it is enough to
// put it there. Who finds the backlog empty shuts it, and the next job has to look for a
// worker. So while it is open there is a worker who will come for more.
//
// All but put is called with the pool's mutex held.
type backlog struct {
	capacity int
	front    jobQueue

	_ [128]byte // what lies before and what follows are for different processors

	mu    sync.Mutex // locked after the pool's
	back  jobQueue
	room  int    // how many jobs put lets into back; 0 while the backlog is shut
	taken uint64 // jobs that came by put
}

// put takes job if the backlog is open and has room.
func (b *backlog) put(job Job) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	// A job that was dropped before it comes is not looked for here any more.
	if b.back.live >= b.room || job.base().word.Load()&dropped != 0 {
		return false
	}
	b.back.push(job)
	b.taken++
	return true
}

// push takes job if there is room, and then opens the backlog if it is to.
func (b *backlog) push(job Job, open bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.front.live+b.back.live >= b.capacity {
		return false
	}
	b.back.push(job)
	if open {
		b.room = b.capacity - b.front.live
	}
	return true
}

// pop takes the first job out and says when it came. If there is none it returns nil,
// and the backlog is shut.
func (b *backlog) pop() (Job, time.Time) {
	if b.front.live == 0 {
		b.swap()
	}
	return b.front.pop()
}

func (b *backlog) swap() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.front, b.back = b.back, b.front
	if b.front.live == 0 {
		b.room = 0
	} else if b.room > 0 {
		b.room = b.capacity - b.front.live
	}
}

func (b *backlog) shut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.room = 0
}

// remove takes the job out, if it is in the backlog.
func (b *backlog) remove(h *jobHead) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.front.remove(h) || b.back.remove(h)
}

func (b *backlog) has(h *jobHead) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.front.has(h) || b.back.has(h)
}

// count returns how many jobs there are, and how many have come by put.
func (b *backlog) count() (queued int, taken uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.front.live + b.back.live, b.taken
}

func (b *backlog) full() bool {
	queued, _ := b.count()
	return queued >= b.capacity
}
