// Package check checks package future against models: what futures, tasks, derived
// futures, joins and pools do is written down as small sequential specifications, many
// goroutines do what they like to real ones, and [porcupine] looks for an order of all
// that was seen in which the specification allows it. A history without such an order
// is a bug.
//
// # What is modelled
//
// A model is a state and a function of one step. A method that takes effect at one
// moment is one step. One that takes effect bit by bit, such as a setter that goes on
// to settle a Map, is several steps of one call, in their order, anywhere between its
// beginning and its end. What the package does on goroutines of its own, such as
// starting a callback, is a step of which one end is known: it comes after what asked
// for it, and before the first statement of the function that shows it.
//
//	future   setters, Cancel, readers, Await, Ready; callbacks: their order, once
//	         each, one at a time, stop exact, added late or by callbacks, ended by
//	         panic or Goexit
//	task     the gate at entry, a value kept after a request, causes, panics
//	derived  Map, Shield and Timeout: one decision, what Cancel says, f left alone
//	join     Gather, GatherSettled, Race and Any of a few inputs, and Cancel
//	pool     the order of jobs, the limits, at most once, cancelled in the queue,
//	         rejected, Shutdown and ShutdownNow
//
// # How to run it
//
//	go test .                     # half a second for each model
//	go test -short -race -each 1m # longer, with other timing, and no seeded bugs
//	go test -run Tasks -seed 7    # one history again and again
//
// A failure says the seed, and names an HTML file that shows the history. The seed
// decides what each goroutine does and where it yields, and not how they interleave,
// so a history has to be repeated to fail again. A history that could not be judged in
// time is a failure too.
//
// TestEverySeededBugIsFound checks the checks: it breaks one line of the package at a
// time, in an overlay, and wants a history that is not linearizable.
//
// [porcupine]: https://github.com/anishathalye/porcupine
package check
