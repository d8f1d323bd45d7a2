package rt

import "time"

// Sleep is time.Sleep that an interrupt of the cell ends.
func Sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-Stopped():
		panic(interrupted{})
	}
}

// Receive is <-ch that an interrupt of the cell ends.
func Receive[T any](ch <-chan T) T {
	select {
	case v := <-ch:
		return v
	case <-Stopped():
		panic(interrupted{})
	}
}

// Use takes values, so that the compiler finds their types while a cell is rewritten. No cell runs it.
func Use(...any) {}
