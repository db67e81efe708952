//go:build !unix

package main

func withThoseOfTheSystem(ways map[string]way) map[string]way { return ways }
