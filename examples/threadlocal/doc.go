// Threadlocal calls a C library that keeps its state in the thread that calls it, as
// many old ones do: OpenGL, errno-like error stacks, embedded interpreters. Such a
// library must be opened on every thread that uses it, and closed there. Goroutines
// move from thread to thread; the workers of a thread-locked pool do not.
//
//	go run ./examples/threadlocal
//
// It needs a C compiler, and says so where it was built without one.
package main
