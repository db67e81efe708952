package future

import "iter"

// A node is an element of a ring: a doubly linked list that is known by its
// first node, nil when it is empty. Nodes live inside what they link, so that
// adding and removing allocate nothing and take constant time.
type node[T any] struct {
	next, prev *node[T] // nil while the node is in no ring
	value      T
}

func (n *node[T]) linked() bool { return n.next != nil }

// push adds n at the end.
func push[T any](first **node[T], n *node[T]) {
	head := *first
	if head == nil {
		n.next, n.prev = n, n
		*first = n
		return
	}
	n.next, n.prev = head, head.prev
	head.prev.next, head.prev = n, n
}

// pushFront adds n at the beginning.
func pushFront[T any](first **node[T], n *node[T]) {
	push(first, n)
	*first = n
}

// remove takes n out of the ring it is in.
func remove[T any](first **node[T], n *node[T]) {
	if n.next == n {
		*first = nil
	} else {
		n.prev.next, n.next.prev = n.next, n.prev
		if *first == n {
			*first = n.next
		}
	}
	n.next, n.prev = nil, nil
}

// pop takes the first node out, nil if there is none.
func pop[T any](first **node[T]) *node[T] {
	n := *first
	if n != nil {
		remove(first, n)
	}
	return n
}

// splice adds a whole ring at the end.
func splice[T any](first **node[T], more *node[T]) {
	head := *first
	if head == nil {
		*first = more
		return
	}
	if more == nil {
		return
	}
	last := more.prev
	head.prev.next, more.prev = more, head.prev
	last.next, head.prev = head, last
}

// each goes through a ring, in which nothing may change meanwhile but the node it is
// at.
func each[T any](first *node[T]) iter.Seq[*node[T]] {
	return func(yield func(*node[T]) bool) {
		if first == nil {
			return
		}
		last := first.prev
		for n := first; ; {
			next := n.next
			if !yield(n) || n == last {
				return
			}
			n = next
		}
	}
}
