//go:build cgo

// Package cspin has a C function that does not return: tests and benchmarks kill it.
package cspin

// static void spin(void) { volatile int go = 1; while (go) {} }
import "C"

// IsC reports whether it is C.
const IsC = true

// Spin does not return.
func Spin() { C.spin() }
