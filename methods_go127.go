//go:build go1.27

package future

import "context"

// Map is the function [Map] as a method.
func (f *Future[T]) Map[U any](fn func(T) (U, error)) *Future[U] { return Map(f, fn) }

// Then is the function [Then] as a method.
func (f *Future[T]) Then[U any](ctx context.Context, fn func(context.Context, T) (U, error)) *Future[U] {
	return Then(ctx, f, fn)
}

// Catch is the function [Catch] as a method.
func (f *Future[T]) Catch(ctx context.Context, fn func(context.Context, error) (T, error)) *Future[T] {
	return Catch(ctx, f, fn)
}
