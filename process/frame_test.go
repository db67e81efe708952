//go:build unix

package process_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"example.com/future"
	"example.com/future/process"
)

func TestPayloadsOfAllSizesComeBackAsTheyWere(t *testing.T) {
	p := newPool(t, 2)
	for _, size := range []int{0, 1, 100, 16 << 10, 16<<10 + 1, 64 << 10, 1 << 20, 16 << 20, 64 << 20} {
		want := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		if got := await(t, bytesBack.Submit(t.Context(), p, want)); !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back as %d others", size, len(got))
		}
	}
}

func TestAWorkerThatReadsSlowlyGetsItsCall(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	worker := await(t, pid.Submit(t.Context(), p, struct{}{}))
	if err := syscall.Kill(worker, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	f := bytesBack.Submit(t.Context(), p, make([]byte, 16<<20))
	eventually(t, "the call is with the worker", func() bool { return p.Stats().Running == 1 })
	if f.Done() {
		t.Error("a stopped worker answers")
	}
	if err := syscall.Kill(worker, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if got := await(t, f); len(got) != 16<<20 {
		t.Errorf("%d bytes came back", len(got))
	}
}

func TestAWorkerThatDoesNotReadIsKilledWithACallHalfWritten(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(0))
	worker := await(t, pid.Submit(t.Context(), p, struct{}{}))
	if err := syscall.Kill(worker, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// A call that ends before it is written kills nobody: then it was too short.
	for limit := 100 * time.Millisecond; ; limit *= 2 {
		ctx, cancel := context.WithTimeoutCause(t.Context(), limit, errStop)
		defer cancel()
		f := bytesBack.Submit(ctx, p, make([]byte, 16<<20))
		err := awaitError(t, f, future.ErrCancelled, errStop)
		if _, died := errors.AsType[*process.WorkerDiedError](err); died {
			break
		}
		if limit > patience {
			t.Fatalf("the worker lives on after %v: %v", limit, err)
		}
	}
	await(t, pid.Submit(t.Context(), p, struct{}{}))
}

func TestWhatWorkersPrintDoesNotDisturbTheFrames(t *testing.T) {
	var out lockedBuffer
	p := newPool(t, 2, process.WithOutput(&out))
	const n = 2000
	for range 2 {
		if got := await(t, prints.Submit(t.Context(), p, n)); got != n {
			t.Errorf("the answer is %d", got)
		}
	}
	if err := p.Close(); err != nil { // after it all output is there
		t.Fatal(err)
	}
	for _, want := range []string{"stdout 1999\n", "stderr 1999\n", "println 1999\n"} {
		if n := strings.Count(out.String(), want); n != 2 {
			t.Errorf("%q was printed %d times", want, n)
		}
	}
}

func TestTheDecoderRefusesWhatIsNoFrame(t *testing.T) {
	good := process.EncodeFrame(process.KindResult, 258, []byte("body"))
	change := func(at int, b byte) []byte {
		c := bytes.Clone(good)
		c[at] = b
		return c
	}
	for name, test := range map[string]struct {
		in   []byte
		want error
	}{
		"nothing":          {nil, io.EOF},
		"half a header":    {good[:9], io.ErrUnexpectedEOF},
		"no body":          {good[:16], io.ErrUnexpectedEOF},
		"half a body":      {good[:18], io.ErrUnexpectedEOF},
		"first byte":       {change(0, 'x'), process.ErrFrame},
		"second byte":      {change(1, 'x'), process.ErrFrame},
		"version":          {change(2, 2), process.ErrFrame},
		"older version":    {change(2, 0), process.ErrFrame},
		"no kind":          {change(3, 0), process.ErrFrame},
		"unknown kind":     {change(3, 99), process.ErrFrame},
		"next kind":        {change(3, process.KindFailure+1), process.ErrFrame},
		"length above cap": {change(12, 0x7f), process.ErrFrame},
		"length too large": {change(13, 0xff), io.ErrUnexpectedEOF},
	} {
		if _, _, _, err := process.DecodeFrame(bytes.NewReader(test.in)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	r := iotest.OneByteReader(bytes.NewReader(append(bytes.Clone(good), good...)))
	for range 2 {
		kind, call, body, err := process.DecodeFrame(r)
		if kind != process.KindResult || call != 258 || string(body) != "body" || err != nil {
			t.Errorf("byte by byte: kind %d, call %d, body %q, %v", kind, call, body, err)
		}
	}
}

func TestTheDecoderRefusesWhatIsNoCall(t *testing.T) {
	for name, body := range map[string][]byte{
		"nothing":           nil,
		"too long a time":   append(binary.AppendUvarint(nil, 1<<63), 0, 0),
		"no name":           {0, 0},
		"a longer id":       {0, 3, 'i', 'd'},
		"a longer name":     {0, 2, 'i', 'd', 5, 'n', 'a', 'm', 'e'},
		"half of a number":  {0, 0x80},
		"an endless number": bytes.Repeat([]byte{0xff}, 20),
	} {
		if _, _, _, _, err := process.DecodeRequest(body); !errors.Is(err, process.ErrFrame) {
			t.Errorf("%s: %v, want %v", name, err, process.ErrFrame)
		}
	}
}

// A header that announces more than there is must not cost the memory it announces.
func TestALengthThatLiesCostsNoMemory(t *testing.T) {
	lie := process.EncodeFrame(process.KindResult, 1, []byte("body"))
	lie[12], lie[13] = 0x0f, 0xff // 255 MiB
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _, _, _ = process.DecodeFrame(bytes.NewReader(lie))
		}
	})
	if n := result.AllocedBytesPerOp(); n > 4<<20 {
		t.Errorf("%d bytes are allocated", n)
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(process.EncodeFrame(process.KindResult, 1, nil))
	f.Add(process.EncodeFrame(process.KindFailure, math.MaxUint64, []byte("body")))
	f.Add(append(process.EncodeFrame(1, 0, []byte("one")), process.EncodeFrame(4, 2, []byte("two"))...))
	f.Fuzz(func(t *testing.T, in []byte) {
		// What is accepted is what would have been written: the stream cannot be
		// understood in two ways.
		var again []byte
		r := bytes.NewReader(in)
		for {
			kind, call, body, err := process.DecodeFrame(r)
			if err != nil {
				if (err == io.EOF) != (len(again) == len(in)) {
					t.Fatalf("%v after %d of %d bytes", err, len(again), len(in))
				}
				break
			}
			again = append(again, process.EncodeFrame(kind, call, body)...)
			if !bytes.HasPrefix(in, again) {
				t.Fatalf("%x was read as %x", in, again)
			}
		}
	})
}

func FuzzRequest(f *testing.F) {
	f.Add(process.EncodeRequest(0, "", "", nil))
	f.Add(process.EncodeRequest(time.Hour, "id", "name", []byte("payload")))
	f.Fuzz(func(t *testing.T, in []byte) {
		timeout, id, name, payload, err := process.DecodeRequest(in)
		if err != nil {
			if !errors.Is(err, process.ErrFrame) {
				t.Fatal(err)
			}
			return
		}
		timeout2, id2, name2, payload2, err := process.DecodeRequest(process.EncodeRequest(timeout, id, name, payload))
		if err != nil || timeout != timeout2 || id != id2 || name != name2 || !bytes.Equal(payload, payload2) {
			t.Fatalf("%v %q %q %q came back as %v %q %q %q, %v", timeout, id, name, payload, timeout2, id2, name2, payload2, err)
		}
	})
}

func TestTheBeginningOfATextCutsNoRuneInTwo(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "abc"},
		{"abä", 3, "ab"},
		{"aä", 3, "aä"},
		{"äöü", 4, "äö"},
		{"a\U0001F600", 4, "a"},
		{"a\U0001F600", 5, "a\U0001F600"},
		{"\U0001F600", 2, "\xf0\x9f"},
		{"\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80"}, // no runes at all
	} {
		if got := process.Beginning(test.text, test.n); got != test.want {
			t.Errorf("the first %d bytes of %q are %q, want %q", test.n, test.text, got, test.want)
		}
	}
}
