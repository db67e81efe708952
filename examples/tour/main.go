// Command tour shows in a few seconds what package future is for. Every time it
// prints was measured in this very run.
//
//	go run ./examples/tour                                   # pages of its own web server
//	go run ./examples/tour https://go.dev https://pkg.go.dev # pages of your choice
//
// Begin to read in parts.go: there is one function for each part of the tour. It
// exits with 0 when everything was as it should be, with 1 when something was
// not or could not be shown, with 2 after an unknown flag, and with 130 after Ctrl-C.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"example.com/future"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	// The first Ctrl-C asks everybody to stop. A second one does not ask.
	context.AfterFunc(ctx, stop)
	os.Exit(command(ctx, newScreen(os.Stdout), os.Stderr, os.Args[1:]))
}

const usage = `usage: tour [url ...]

Tour shows what package future is for. Without URLs it fetches pages of a web
server of its own.`

// command does what the arguments ask for and returns the exit code of the program.
func command(ctx context.Context, out *screen, stderr io.Writer, args []string) int {
	code := 0
	switch flag := firstFlag(args); flag {
	case "":
		code = run(ctx, out, args)
	case "-h", "--h", "-help", "--help":
		out.say("%s", usage)
	default:
		fmt.Fprintf(stderr, "tour: unknown flag %s\n%s\n", flag, usage)
		return 2
	}
	if out.err != nil {
		fmt.Fprintln(stderr, "tour:", out.err)
		return 1
	}
	return code
}

func firstFlag(args []string) string {
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			return arg
		}
	}
	return ""
}

// run gives the tour and returns the exit code of the program.
func run(ctx context.Context, out *screen, urls []string) int {
	// Run is the scope of everything below it: whatever the tour has started is
	// stopped, and has ended, when Run returns.
	took, err := future.Run(ctx, func(ctx context.Context) (time.Duration, error) {
		start := time.Now()
		err := give(ctx, out, urls)
		return time.Since(start), err
	})
	switch {
	case err == nil:
		out.say("\nThat was the tour, in %s.", ms(took))
		return 0
	case ctx.Err() != nil:
		out.say("\nStopped. Nothing was left running.")
		return 130
	default:
		out.say("\nThe tour failed: %v", err)
		return 1
	}
}

// give shows one part after the other and ends with the first that fails or cannot
// be shown.
func give(ctx context.Context, out *screen, urls []string) error {
	t := &tour{out: out, urls: urls}
	if len(urls) == 0 {
		site, err := openSite()
		if err != nil {
			return err
		}
		defer site.close()
		t.site, t.urls = site, site.urls()
	}
	for i, part := range []struct {
		title string
		show  func(context.Context) error
	}{
		{"Hello, after a pause", t.hello},
		{"Pages from the web", t.pages},
		{"Files from the disk", t.files},
		{"An old function that blocks", t.legacy},
		{"A future settled by hand", t.byHand},
		{"One failure, and nobody works in vain", t.group},
		{"Enough is enough", t.timeout},
		{"Progress, as the pages come in", t.progress},
	} {
		out.say("\n%d. %s\n", i+1, part.title)
		if err := part.show(ctx); err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
		if out.err != nil {
			return out.err
		}
	}
	return nil
}
