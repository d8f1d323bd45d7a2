package cell

import "os"

// Quick is a notebook's full setting, or the reduced one where MAESTRO_QUICK is in the environment, as it is when the
// tests run a notebook.
func Quick[T any](full, reduced T) T {
	if os.Getenv("MAESTRO_QUICK") != "" {
		return reduced
	}
	return full
}
