//go:build !cgo

// Package cspin has a C function that does not return: tests and benchmarks kill it.
package cspin

// IsC reports whether it is C.
const IsC = false

// Spin does not return. Without C it is written in Go.
func Spin() {
	for {
	}
}
