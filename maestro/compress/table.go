package compress

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
)

// readTable reads a table; a file that is not there has no rows.
func readTable[T any](path string) ([]T, error) {
	rows, err := csvfile.ReadRows[T](path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return rows, err
}

// list writes whole numbers with spaces between.
func list(numbers []int) string { return strings.Trim(fmt.Sprint(numbers), "[]") }
