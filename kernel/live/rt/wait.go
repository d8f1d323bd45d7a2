package rt

import "time"

// Sleep is time.Sleep that an interrupt of the cell ends.
func Sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-Stopped():
		panic(Interruption())
	}
}

// Receive is <-ch that an interrupt of the cell ends.
func Receive[T any](ch <-chan T) T {
	select {
	case v := <-ch:
		return v
	case <-Stopped():
		panic(Interruption())
	}
}

// Receive2 is v, ok := <-ch that an interrupt of the cell ends.
func Receive2[T any](ch <-chan T) (T, bool) {
	select {
	case v, ok := <-ch:
		return v, ok
	case <-Stopped():
		panic(Interruption())
	}
}

// Values are those that come from a channel until it is closed: for v := range ch that an interrupt of the cell ends.
func Values[T any](ch <-chan T) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for {
			if v, ok := Receive2(ch); !ok || !yield(v) {
				return
			}
		}
	}
}

// Use takes values, so that the compiler finds their types while a cell is rewritten. No cell runs it.
func Use(...any) {}

// Guard is a function that a library starts a goroutine with: a panic in it fails the cell alone.
func Guard[F func() | func() error](f F) F {
	switch f := any(f).(type) {
	case func():
		return any(func() { defer Recover(); f() }).(F)
	case func() error:
		return any(func() error { defer Recover(); return f() }).(F)
	}
	return f
}
