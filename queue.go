package future

import "time"

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

func (q *jobQueue) push(job Job) {
	if int(q.tail-q.head) == len(q.jobs) {
		q.grow()
	}
	i := q.index(q.tail)
	q.jobs[i] = job
	if q.timed {
		q.since[i] = time.Now()
	}
	h := job.head()
	h.slot, h.at = q.tail, inQueue
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
			next.push(job)
			if q.timed {
				next.since[next.tail-1] = q.since[i]
			}
		}
	}
	*q = next
}

// pop takes the first job out, nil if there is none, and says how long it was in.
func (q *jobQueue) pop() (Job, time.Duration) {
	if q.live == 0 {
		return nil, 0
	}
	i := q.index(q.head)
	job := q.jobs[i]
	var waited time.Duration
	if q.timed {
		waited = time.Since(q.since[i])
	}
	q.remove(job.head())
	return job, waited
}

// remove takes a job out that is in the queue.
func (q *jobQueue) remove(h *jobHead) {
	q.jobs[q.index(h.slot)] = nil
	h.at = nowhere
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
