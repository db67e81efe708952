package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"example.com/future"
	"example.com/future/process"
)

// parse can be called in a worker by its name. The parser takes no context: it was
// written long before there were any.
var parse = future.Register("killable.parse.v1", func(_ context.Context, path string) (int, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	p := &parser{text: strings.TrimSpace(string(b))}
	v := p.sum()
	if p.at < len(p.text) {
		return 0, fmt.Errorf("unexpected %q at %d", p.text[p.at], p.at)
	}
	return v, nil
})

// prepared runs once in each worker. A deep recursion shall crash soon, not after it
// has taken a gigabyte.
var prepared = process.WithStart(func() error {
	debug.SetMaxStack(8 << 20)
	return nil
})

// A parser computes sums. It has the faults of parsers.
type parser struct {
	text string
	at   int
}

// next returns the next byte without a look at where the text ends: it panics there.
func (p *parser) next() byte { return p.text[p.at] }

func (p *parser) sum() int {
	v := p.product()
	for p.at < len(p.text) && (p.next() == '+' || p.next() == '-') {
		op := p.next()
		p.at++
		if w := p.product(); op == '+' {
			v += w
		} else {
			v -= w
		}
	}
	return v
}

func (p *parser) product() int {
	v := p.operand()
	for p.at < len(p.text) && p.next() == '*' {
		p.at++
		v *= p.operand()
	}
	return v
}

func (p *parser) operand() int {
	switch p.next() {
	case '(': // any number of them, each on the stack
		p.at++
		v := p.sum()
		for p.at >= len(p.text) || p.next() != ')' {
			// It waits for the bracket, which never comes.
		}
		p.at++
		return v
	case '!':
		fmt.Fprintln(os.Stderr, "parser: fatal: '!' is not supported")
		os.Exit(70)
	}
	v := 0
	for p.at < len(p.text) && p.next() >= '0' && p.next() <= '9' {
		v = 10*v + int(p.next()-'0')
		p.at++
	}
	return v
}

// makeInputs fills dir with files that show all that can become of one.
func makeInputs(dir string) (*summary, error) {
	inputs := map[string]string{
		"bad-letter.sum":   "1+x",
		"crash-deep.sum":   strings.Repeat("(", 1<<20),
		"crash-exit.sum":   "1+!",
		"hang-bracket.sum": "(1+2",
		"hang-nested.sum":  "2*((3+4)",
		"panic-end.sum":    "1+",
	}
	for i := range 30 {
		inputs[fmt.Sprintf("good-%02d.sum", i)] = fmt.Sprintf("%d*(%d+1)-%d", i, i, i)
	}
	for name, text := range inputs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return &summary{Parsed: 30, Refused: 1, Panicked: 1, Crashed: 2, Hung: 2}, nil
}
