//go:build cgo

package main

/*
#include <stdlib.h>

// The library. Every thread has an account of its own.
static _Thread_local long *account;

// bank_open gives this thread an account. A thread has at most one.
static int bank_open(void) {
	if (account) return -1;
	account = calloc(1, sizeof *account);
	return account ? 0 : -1;
}

// bank_add pays into the account of this thread. It fails where there is none.
static long bank_add(long n) {
	if (!account) return -1;
	return *account += n;
}

// bank_close returns what is in the account of this thread, and takes it away.
static long bank_close(void) {
	if (!account) return -1;
	long n = *account;
	free(account);
	account = NULL;
	return n;
}
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"example.com/future"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var errNoAccount = errors.New("this thread has no account")

// add wraps the C call: a result and an error, as Go has it.
func add(n int) (int, error) {
	total := int(C.bank_add(C.long(n)))
	if total < 0 {
		return 0, errNoAccount
	}
	return total, nil
}

func run(ctx context.Context, w io.Writer) error {
	var opened, lost, paidOut atomic.Int64
	open := func() (stop func(), err error) {
		if C.bank_open() < 0 {
			return nil, errors.New("the account of this thread cannot be opened")
		}
		opened.Add(1)
		return func() { // on the same thread
			if n := C.bank_close(); n < 0 {
				lost.Add(1)
			} else {
				paidOut.Add(int64(n))
			}
		}, nil
	}

	// Without a pool the call runs on any thread, and none has an account.
	if _, err := future.Wrap(nil, add)(ctx, 1).Await(ctx); !errors.Is(err, errNoAccount) {
		return fmt.Errorf("a call on any thread gave %w", err)
	}
	fmt.Fprintln(w, "on any thread:", errNoAccount)

	const workers = 3
	pool := future.NewPool(workers, future.WithThreadLock(), future.WithWorkerInit(open))
	addOnPool := future.Wrap(pool, add)
	var fs []*future.Future[int]
	for n := 1; n <= 1000; n++ {
		fs = append(fs, addOnPool(ctx, n))
	}
	if _, err := future.Gather(fs...).Await(ctx); err != nil {
		return err
	}
	if err := pool.Shutdown(ctx); err != nil {
		return err
	}
	if n := opened.Load(); n < 1 || n > workers || lost.Load() > 0 {
		return fmt.Errorf("%d threads were opened, %d could not be closed", n, lost.Load())
	}
	fmt.Fprintln(w, "on the threads of the pool: 1000 calls, paid out in the end:", paidOut.Load())
	return nil
}
