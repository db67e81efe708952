package main

import (
	"math/rand/v2"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"

	"example.com/future"
)

// A load is one kind of work.
type load struct {
	name  string
	hands int // goroutines that do it
	// step starts some of that work, disturbs it, and waits until all of it has ended.
	step func(*hand)
}

// A hand is a goroutine of a load, with the sheet of the load.
type hand struct {
	*sheet
	*rand.Rand

	long *future.Future[int] // pending to the very end: what stays registered with it is a leak
}

type soak struct {
	*books

	loads    []*load
	seed     uint64
	patience time.Duration

	began   time.Time
	initial gauges
	rounds  []gauges // after each
	long    []*future.Future[int]
}

// goOn is the whole soak. It reports whether all was well.
func (s *soak) goOn(length time.Duration) bool {
	s.began = time.Now()
	s.say("soak for %v with -seed %d on %s, GOMAXPROCS %d", length, s.seed, runtime.Version(), runtime.GOMAXPROCS(0))
	future.SetExceptionHandler(s.report)
	defer future.SetExceptionHandler(nil)
	for _, l := range s.loads {
		s.open(l.name)
		s.long = append(s.long, future.New[int]())
	}
	warmUp()
	s.initial = read()
	round := min(max(length/20, 100*time.Millisecond), 5*time.Second)
	said := s.began
	for n := uint64(0); time.Since(s.began) < length; n++ {
		if !s.round(n, round) || !s.quiet() {
			s.say("all goroutines:")
			_ = pprof.Lookup("goroutine").WriteTo(s.out, 2)
			return false
		}
		s.rounds = append(s.rounds, read())
		s.balance(nil)
		s.flat(s.rounds)
		if s.complaints() > 0 {
			break
		}
		if time.Since(said) > time.Minute {
			said = time.Now()
			s.say("%v, round %d: %v", time.Since(s.began).Round(time.Second), n+1, s.rounds[n])
		}
	}
	s.sum()
	return s.complaints() == 0
}

// round lets all hands work for d. It reports whether they have come to an end.
func (s *soak) round(n uint64, d time.Duration) bool {
	end := time.Now().Add(d)
	var working sync.WaitGroup
	for i, l := range s.loads {
		for k := range l.hands {
			r := rand.New(rand.NewPCG(s.seed, n<<32|uint64(i)<<16|uint64(k))) //nolint:gosec // repeatable
			h := &hand{s.sheets[i], r, s.long[i]}
			working.Go(func() {
				ended := false
				defer func() { h.expect(ended, "something has ended the goroutine of a hand") }()
				for time.Now().Before(end) {
					l.step(h)
				}
				ended = true
			})
		}
	}
	done := make(chan struct{})
	go func() {
		working.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-time.After(d + s.patience):
		s.complain("round %d does not end", n)
		return false
	}
}

// quiet waits until nothing is left of a round.
func (s *soak) quiet() bool {
	deadline := time.Now().Add(s.patience)
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		// Once for the cleanups, which report what was not looked at, and once for
		// what they have released.
		runtime.GC()
		runtime.GC()
		g := read()
		if g.goroutines <= s.initial.goroutines && g.files <= s.initial.files && g.children <= 0 && !s.reportsDue() {
			return true
		}
		if time.Now().After(deadline) {
			s.complain("something is left after a round: %v; in the beginning: %v", g, s.initial)
			s.balance(s.out)
			return false
		}
		time.Sleep(wait)
	}
}

// sum prints the balance sheet.
func (s *soak) sum() {
	s.say("\nafter %v and %d rounds:\n", time.Since(s.began).Round(time.Millisecond), len(s.rounds))
	s.balance(s.out)
	s.say("\nbefore:           %v", s.initial)
	if n := len(s.rounds); n > 0 {
		s.say("after the first:  %v", s.rounds[0])
		s.say("after the middle: %v", s.rounds[n/2])
		s.say("after the last:   %v", s.rounds[n-1])
	}
	if n := s.complaints(); n > 0 {
		s.say("\n%d things are wrong", n)
	} else {
		s.say("\nthe books balance")
	}
}
