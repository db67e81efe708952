package process

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"example.com/future"
)

// A frame is what travels between a pool and its workers: a header of 16 bytes,
// and a body.
//
//	0   two bytes that rubbish is unlikely to have
//	2   the version of the protocol
//	3   the kind
//	4   the number of the call, big-endian; 0 where there is none
//	12  the length of the body, big-endian
type frame struct {
	kind kind
	call uint64
	body []byte
}

const (
	magic0, magic1 = 0xf7, 0x52
	version        = 1
	headerSize     = 16

	// maxBody is far above what one should send through a pipe. Its purpose is
	// that a wrong length is noticed.
	maxBody = 256 << 20

	// What is smaller goes out in one write; copying it is cheaper than a second.
	joined = 16 << 10

	// Memory for a body is taken as its bytes arrive, first this much: a wrong
	// length below maxBody costs nothing either.
	firstChunk = 1 << 20
)

type kind byte

const (
	kindHello   kind = iota + 1 // worker: the process has reached Main
	kindSetup                   // pool: the body is a JSON setup
	kindReady                   // worker: the setup is done
	kindCall                    // pool: the body is a request
	kindCancel                  // pool: cancel the call; the body is the cause, an encoded error
	kindQuit                    // pool: exit
	kindResult                  // worker: the body is the result
	kindFailure                 // worker: the body is an encoded error; after kindSetup: the setup failed
	kindEnd                     // no kind, the end of the list
)

var (
	errTooLarge = errors.New("future: a payload of this size cannot be sent to a process")
	errFrame    = errors.New("future: bad frame")
)

// writeFrame writes a frame whose body is head and payload, in as few writes as is
// cheap. It returns how many bytes were written. It fails with errTooLarge before
// it writes anything.
func writeFrame(w io.Writer, k kind, call uint64, head, payload []byte) (int, error) {
	size := len(head) + len(payload)
	if size > maxBody {
		return 0, fmt.Errorf("%w: %d bytes, at most %d", errTooLarge, size, maxBody)
	}
	inOne := size <= joined
	first := len(head)
	if inOne {
		first = size
	}
	buf := make([]byte, 0, headerSize+first)
	buf = append(buf, magic0, magic1, version, byte(k))
	buf = binary.BigEndian.AppendUint64(buf, call)
	buf = binary.BigEndian.AppendUint32(buf, uint32(size))
	buf = append(buf, head...)
	if inOne {
		buf = append(buf, payload...)
	}
	n, err := w.Write(buf)
	if err != nil || inOne {
		return n, err
	}
	m, err := w.Write(payload)
	return n + m, err
}

// readFrame reads one frame. At the end of the input, between frames, it returns
// io.EOF; inside of a frame io.ErrUnexpectedEOF. What is no frame is an error that
// matches errFrame; the input cannot be read on after it.
func readFrame(r io.Reader) (frame, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: kind(h[3]), call: binary.BigEndian.Uint64(h[4:])}
	size := binary.BigEndian.Uint32(h[12:])
	switch {
	case h[0] != magic0 || h[1] != magic1:
		return frame{}, fmt.Errorf("%w: it begins with % x", errFrame, h[:2])
	case h[2] != version:
		return frame{}, fmt.Errorf("%w: version %d instead of %d", errFrame, h[2], version)
	case f.kind == 0 || f.kind >= kindEnd:
		return frame{}, fmt.Errorf("%w: kind %d", errFrame, f.kind)
	case size > maxBody:
		return frame{}, fmt.Errorf("%w: length %d, at most %d", errFrame, size, maxBody)
	}
	var err error
	f.body, err = readBody(r, int(size))
	return f, err
}

func readBody(r io.Reader, size int) ([]byte, error) {
	var body []byte
	for len(body) < size {
		had := len(body)
		more := min(size-had, max(had, firstChunk))
		body = slices.Grow(body, more)[:had+more]
		if _, err := io.ReadFull(r, body[had:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return body, nil
}

// A request is the body of a kindCall.
type request struct {
	timeout time.Duration // until the deadline of the call; 0 if it has none
	id      string
	name    string
	payload []byte
}

// head returns the body but for the payload, which follows it.
func (q *request) head() []byte {
	b := make([]byte, 0, 2*binary.MaxVarintLen64+8+len(q.id)+len(q.name))
	b = binary.AppendUvarint(b, uint64(max(q.timeout, 0)))
	b = binary.AppendUvarint(b, uint64(len(q.id)))
	b = append(b, q.id...)
	b = binary.AppendUvarint(b, uint64(len(q.name)))
	return append(b, q.name...)
}

func parseRequest(body []byte) (request, error) {
	var q request
	timeout, body, ok := cutUvarint(body)
	if !ok || timeout > math.MaxInt64 {
		return q, fmt.Errorf("%w: the timeout of a call", errFrame)
	}
	q.timeout = time.Duration(timeout)
	if q.id, body, ok = cutString(body); !ok {
		return q, fmt.Errorf("%w: the id of a call", errFrame)
	}
	if q.name, body, ok = cutString(body); !ok {
		return q, fmt.Errorf("%w: the name of a call", errFrame)
	}
	q.payload = body
	return q, nil
}

// describe encodes err.
func describe(err error) []byte { return encodeError(newRemoteError(err)) }

// newRemoteError describes err, or that one of its methods has called runtime.Goexit, which
// shall end no goroutine but the one that is here for it, or has panicked once more when the
// panic was to be described.
func newRemoteError(err error) *future.RemoteError {
	described := make(chan *future.RemoteError)
	go func() {
		var e *future.RemoteError
		defer func() {
			switch r := recover(); {
			case r != nil:
				e = &future.RemoteError{Type: fmt.Sprintf("%T", err), Message: "future: an error that panics instead of telling its text"}
			case e == nil:
				e = future.NewRemoteError(future.ErrGoexit)
			}
			described <- e
		}()
		e = future.NewRemoteError(err)
	}()
	return <-described
}

// A sentError is a RemoteError on its way. JSON would replace in a string what is no
// UTF-8.
type sentError struct {
	Type    string
	Message []byte
	Stack   []byte   `json:",omitempty"`
	Codes   []string `json:",omitempty"`
}

func encodeError(e *future.RemoteError) []byte {
	b, err := json.Marshal(sentError{e.Type, []byte(e.Message), e.Stack, e.Codes})
	if err != nil {
		panic("future: bug: " + err.Error())
	}
	return b
}

func decodeError(b []byte) (*future.RemoteError, error) {
	var s sentError
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, err
	}
	return &future.RemoteError{Type: s.Type, Message: string(s.Message), Stack: s.Stack, Codes: s.Codes}, nil
}

// beginning returns no more than n bytes of s. It cuts no rune in two.
func beginning(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for end := n; end > n-utf8.UTFMax && end > 0; end-- {
		if utf8.RuneStart(s[end]) {
			return s[:end]
		}
	}
	return s[:n]
}

func cutUvarint(b []byte) (v uint64, rest []byte, ok bool) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}

func cutString(b []byte) (s string, rest []byte, ok bool) {
	n, b, ok := cutUvarint(b)
	if !ok || n > uint64(len(b)) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}
