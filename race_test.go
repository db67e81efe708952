//go:build race

package future_test

// raceEnabled says that memory and time are several times what they are elsewhere.
const raceEnabled = true
