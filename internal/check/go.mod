module example.com/future/internal/check

go 1.26.0

replace example.com/future => ../..

require (
	example.com/future v0.0.0
	github.com/anishathalye/porcupine v1.3.1
)
