//go:build !cgo

// Package cspin has a C function that does not return: tests kill it.
package cspin

// Spin does not return. Without C it is written in Go.
func Spin() {
	for {
	}
}
