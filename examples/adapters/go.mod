module example.com/future/examples/adapters

go 1.26.0

replace example.com/future => ../..

require (
	example.com/future v0.0.0
	github.com/alitto/pond/v2 v2.7.1
	github.com/gammazero/workerpool v1.3.0
	github.com/panjf2000/ants/v2 v2.12.1
	golang.org/x/sync v0.24.0
)

require github.com/gammazero/deque v1.2.2 // indirect
