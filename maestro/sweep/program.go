package sweep

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// CopyProgram copies an executable into the study, under its SHA-256, and returns where it is and that sum: workers
// run the copy, so that what is built anew meanwhile does not change a study that goes on.
func (s Study) CopyProgram(executable string) (path, sum string, err error) {
	in, err := os.Open(executable)
	if err != nil {
		return "", "", err
	}
	defer in.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, in); err != nil {
		return "", "", err
	}
	sum = fmt.Sprintf("%x", hash.Sum(nil))
	if path, err = filepath.Abs(filepath.Join(s.Dir, "bin", sum)); err != nil || fileExists(path) {
		return path, sum, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", "", err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return "", "", err
	}
	out, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o755), renameio.WithTempDir(filepath.Dir(path)))
	if err != nil {
		return "", "", err
	}
	if _, err := io.Copy(out, in); err != nil {
		return "", "", errors.Join(err, out.Cleanup())
	}
	return path, sum, out.CloseAtomicallyReplace()
}
