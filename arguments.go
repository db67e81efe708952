package future

// What is wrong with an argument, and the remedy.
const (
	nilContext  = "nil context; pass context.Background() if there is no other"
	nilFunction = "nil function; pass the one to call"
	nilFuture   = "nil future; pass one that New, Go or the like has returned"
)

// need is for the arguments of op that only a mistake in the program can make wrong: it
// panics where that is made.
func need(right bool, op, wrong string) {
	if !right {
		misuse(op, wrong)
	}
}

func misuse(op, wrong string) { panic("future: " + op + ": " + wrong) }
