package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// A screen is where the tour is shown. One goroutine writes to it.
type screen struct {
	w        io.Writer
	terminal bool  // what was written can be written over
	open     bool  // there is a line to write over
	err      error // of the first write that failed; nothing is written after it
}

func (s *screen) print(text string) {
	if s.err == nil {
		_, s.err = io.WriteString(s.w, text)
	}
}

// newScreen returns a screen on f, with live progress if f is a terminal.
func newScreen(f *os.File) *screen {
	info, err := f.Stat()
	return &screen{w: f, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// say writes a line.
func (s *screen) say(format string, args ...any) {
	if s.open {
		s.open = false
		s.print("\n")
	}
	s.print(fmt.Sprintf(format+"\n", args...))
}

// compare shows what two ways of doing the same have taken.
func (s *screen) compare(slowly string, slow time.Duration, quickly string, fast time.Duration) {
	s.say("   %-20s %10s", slowly, ms(slow))
	s.say("   %-20s %10s   %.1f times as fast", quickly, ms(fast), slow.Seconds()/fast.Seconds())
}

// progress shows that so many of all are done: on a terminal in one line that is
// written over, otherwise in a line each.
func (s *screen) progress(done, all int, text string) {
	const bar, width = 16, 60 // a line that wraps cannot be written over
	if !s.terminal {
		s.say("   %2d of %d  %s", done, all, text)
		return
	}
	full := bar * done / all
	line := fmt.Sprintf("   [%s%s] %2d of %d  %s", strings.Repeat("#", full), strings.Repeat(".", bar-full), done, all, text)
	if r := []rune(line); len(r) > width {
		line = string(r[:width-1]) + "…"
	}
	// Spaces cover what is left of a longer line on every terminal there is.
	s.print("\r" + line + strings.Repeat(" ", width-utf8.RuneCountInString(line)))
	s.open = done < all
	if !s.open {
		s.print("\n")
	}
}

// ms writes a duration without the digits that nobody reads.
func ms(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%.1f ms", 1000*d.Seconds())
}
