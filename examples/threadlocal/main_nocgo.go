//go:build !cgo

package main

import "fmt"

func main() {
	fmt.Println("This example wraps a C library, and was built without cgo: it needs a C compiler and CGO_ENABLED=1.")
}
