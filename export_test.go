package future

// BeginToAbort is the first half of g.Cancel(cause), and abort the second.
func BeginToAbort(g *Group, cause error) (abort func()) {
	g.scope.begin(cause)
	return g.scope.abort
}
