package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"example.com/future"
)

// A tour is what its parts share.
type tour struct {
	out  *screen
	urls []string
	site *site // of urls, nil if they came from the command line
}

// hello starts a task, works on while the task takes its time, and then awaits it.
func (t *tour) hello(ctx context.Context) error {
	start := time.Now()
	t.out.say("   Hello …")
	world := future.Go(ctx, func(ctx context.Context) (string, error) {
		return "… world!", future.Sleep(ctx, 300*time.Millisecond)
	})

	primes := countPrimes(below)
	t.out.say("   (counted the primes below %d in the pause: there are %d, it took %s)", below, primes, ms(time.Since(start)))

	word, err := world.Await(ctx)
	if err != nil {
		return err
	}
	t.out.say("   %s  %s later", word, ms(time.Since(start)))
	return expect(primes == primesBelow, "counted %d primes instead of %d", primes, primesBelow)
}

// pages fetches pages one after the other, and then all of them together.
func (t *tour) pages(ctx context.Context) error {
	start := time.Now()
	var inTurn []page
	for _, url := range t.urls {
		p, err := fetch(ctx, url)
		if err != nil {
			return err
		}
		inTurn = append(inTurn, p)
	}
	slow := time.Since(start)

	start = time.Now()
	together, err := future.Gather(t.startFetching(ctx)...).Await(ctx)
	if err != nil {
		return err
	}
	fast := time.Since(start)

	size := 0
	for _, p := range together {
		size += len(p.text)
	}
	from := "the web"
	if t.site != nil {
		from = "a server in this program that takes its time, as servers do"
	}
	t.out.say("   %d pages, %d bytes, from %s:", len(together), size, from)
	t.out.compare("one after the other", slow, "together", fast)
	if t.site == nil {
		return nil // pages of the real web may change from one moment to the next
	}
	return expect(slices.Equal(inTurn, together), "the pages differ from one time to the other")
}

// startFetching starts a task for each page.
func (t *tour) startFetching(ctx context.Context) []*future.Future[page] {
	var tasks []*future.Future[page]
	for _, url := range t.urls {
		tasks = append(tasks, future.Go(ctx, func(ctx context.Context) (page, error) {
			return fetch(ctx, url)
		}))
	}
	return tasks
}

// files reads files one after the other, and then together. Reading blocks and
// knows no context, so it goes to an executor: Wrap makes a function that returns
// futures out of one that blocks.
func (t *tour) files(ctx context.Context) error {
	const count, size = 8, 8 << 20
	dir, err := os.MkdirTemp("", "tour")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	names, want, err := writeFiles(dir, count, size)
	if err != nil {
		return err
	}

	start := time.Now()
	var inTurn []checksum
	for _, name := range names {
		sum, err := readFile(name)
		if err != nil {
			return err
		}
		inTurn = append(inTurn, sum)
	}
	slow := time.Since(start)

	start = time.Now()
	read := future.Wrap(nil, readFile)
	var reads []*future.Future[checksum]
	for _, name := range names {
		reads = append(reads, read(ctx, name))
	}
	together, err := future.Gather(reads...).Await(ctx)
	if err != nil {
		return err
	}
	fast := time.Since(start)

	t.out.say("   %d files of %d MB, read and checked on %d processors:", count, size>>20, runtime.GOMAXPROCS(0))
	t.out.compare("one after the other", slow, "together", fast)
	return expect(slices.Equal(inTurn, want) && slices.Equal(together, want), "the files were not read as they were written")
}

// legacy runs a blocking function beside itself and beside a task of another type.
func (t *tour) legacy(ctx context.Context) error {
	articles := []string{"tea", "toast", "marmalade"}

	start := time.Now()
	sum := 0
	for _, article := range articles {
		price, err := legacyPrice(article)
		if err != nil {
			return err
		}
		sum += price
	}
	primes := countPrimes(below)
	slow := time.Since(start)

	start = time.Now()
	price := future.Wrap(nil, legacyPrice)
	var asked []*future.Future[int]
	for _, article := range articles {
		asked = append(asked, price(ctx, article))
	}
	counted := future.Go(ctx, func(context.Context) (int, error) { return countPrimes(below), nil })
	prices, n, err := future.Await2(ctx, future.Gather(asked...), counted)
	if err != nil {
		return err
	}
	fast := time.Since(start)

	total := 0
	for i, price := range prices {
		t.out.say("   %-10s %3d p", articles[i], price)
		total += price
	}
	t.out.say("   Three old calls, and the primes counted beside them:")
	t.out.compare("one after the other", slow, "together", fast)
	return expect(total == sum && n == primes, "the results differ: %d and %d, %d and %d", total, sum, n, primes)
}

// legacyPrice is the function that everybody has: it takes its time, it takes no
// context, and nobody dares to change it.
func legacyPrice(article string) (int, error) {
	time.Sleep(120 * time.Millisecond)
	return 45 * len(article), nil
}

// byHand settles futures with no task behind them: this is how to make a future
// of anything that calls back. Done callbacks run on a goroutine of their own; here
// they hand a note to this one, which prints it.
func (t *tour) byHand(ctx context.Context) error {
	notes := make(chan string, 2)
	tell := func(f *future.Future[string]) {
		thing, err := f.Result()
		if err != nil {
			notes <- "no parcel: " + err.Error()
			return
		}
		notes <- "there is " + thing
	}

	parcel := future.New[string]()
	parcel.AddDoneCallback(tell)
	t.out.say("   the parcel          %v", parcel)
	if err := parcel.SetResult("a book"); err != nil {
		return err
	}
	t.out.say("   after SetResult     %v", parcel)
	t.out.say("   its callback says   %s", <-notes)
	refused := parcel.SetResult("another book")
	t.out.say("   another SetResult   %v", refused)

	errLost := errors.New("lost on the way")
	second := future.New[string]()
	second.AddDoneCallback(tell)
	if err := second.SetException(errLost); err != nil {
		return err
	}
	t.out.say("   after SetException  %v", second)
	t.out.say("   its callback says   %s", <-notes)

	// Latecomers find the same outcome as those who waited.
	thing, err := parcel.Await(ctx)
	_, lost := second.Await(ctx)
	return errors.Join(
		expect(thing == "a book" && err == nil, "the parcel holds %q, %v", thing, err),
		expect(errors.Is(refused, future.ErrInvalidState), "a future was settled twice: %v", refused),
		expect(errors.Is(lost, errLost), "the second parcel failed with %v", lost),
	)
}

// group starts tasks that belong together. The first failure cancels the others,
// and the group ends when all of them have.
func (t *tour) group(ctx context.Context) error {
	errBurnt := errors.New("the toast burnt")
	var tea, eggs *future.Future[string]
	start := time.Now()
	err := future.TaskGroup(ctx, func(g *future.Group) error {
		tea = future.Go(g, prepare("tea", time.Minute))
		eggs = future.Go(g, prepare("eggs", time.Minute))
		future.Go(g, func(ctx context.Context) (string, error) {
			if err := future.Sleep(ctx, 80*time.Millisecond); err != nil {
				return "", err
			}
			return "", errBurnt
		})
		return nil
	})
	t.out.say("   Breakfast: tea and eggs take a minute each, and the toast burns.")
	t.out.say("   the group ends after %s with: %v", ms(time.Since(start)), err)
	t.out.say("   tea   %v", tea.Exception())
	t.out.say("   eggs  %v", eggs.Exception())
	return errors.Join(
		expect(errors.Is(err, errBurnt), "the group ended with %v", err),
		expect(tea.Cancelled() && eggs.Cancelled(), "the siblings were not cancelled: %v, %v", tea, eggs),
	)
}

// timeout waits for a task, but not for ever.
func (t *tour) timeout(ctx context.Context) error {
	stew := future.Go(ctx, prepare("stew", time.Minute))
	start := time.Now()
	_, err := future.WaitFor(ctx, stew, 100*time.Millisecond)
	t.out.say("   A stew takes a minute. After %s: %v", ms(time.Since(start)), err)

	// WaitFor has told the task to stop. This is what the task made of it.
	_, answer := stew.Await(ctx)
	t.out.say("   The stew: %v", answer)
	return errors.Join(
		expect(errors.Is(err, future.ErrTimeout) && errors.Is(err, context.DeadlineExceeded), "the wait ended with %v", err),
		expect(stew.Cancelled(), "the stew was not cancelled: %v", stew),
	)
}

// prepare returns the function of a task that has something ready after a while,
// and stops when it is told to.
func prepare(what string, takes time.Duration) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		return what, future.Sleep(ctx, takes)
	}
}

// progress takes the pages as they come in, not as they were asked for.
func (t *tour) progress(ctx context.Context) error {
	start := time.Now()
	tasks := t.startFetching(ctx)
	seen := make(map[int]bool)
	for i, fetched := range future.AsCompleted(ctx, tasks...) {
		p, err := fetched.Get()
		if err != nil {
			return err
		}
		seen[i] = true
		t.out.progress(len(seen), len(tasks), fmt.Sprintf("%9s  %s", ms(time.Since(start)), t.site.short(p.url)))
	}
	return expect(len(seen) == len(t.urls), "%d of %d pages came in", len(seen), len(t.urls))
}

// expect returns an error if something that must be true is not.
func expect(ok bool, otherwise string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(otherwise, args...)
}

const below, primesBelow = 5_000_000, 348_513

// countPrimes is some honest work for a processor.
func countPrimes(below int) int {
	composite := make([]bool, below)
	count := 0
	for n := 2; n < below; n++ {
		if composite[n] {
			continue
		}
		count++
		for m := n * n; m < below; m += n {
			composite[m] = true
		}
	}
	return count
}

type checksum [sha256.Size]byte

// readFile reads a file to its end and returns its checksum.
func readFile(name string) (sum checksum, err error) {
	f, err := os.Open(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}

// writeFiles makes the files that are read later and returns their names and
// checksums.
func writeFiles(dir string, count, size int) (names []string, sums []checksum, err error) {
	data := make([]byte, size)
	for i := range count {
		// The content is different in each file and the same in each run.
		if _, err := rand.NewChaCha8([32]byte{byte(i)}).Read(data); err != nil {
			return nil, nil, err
		}
		name := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return nil, nil, err
		}
		names, sums = append(names, name), append(sums, sha256.Sum256(data))
	}
	return names, sums, nil
}
