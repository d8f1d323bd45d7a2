package rt

import (
	"fmt"
	"io"
	"strings"
)

// Mark is what the kernel puts before the names that cells declare. Texts that are made of values are without it:
// they would differ from those of one Go program.
const Mark = "Ꞌ"

func unmark(text string) string { return strings.ReplaceAll(text, Mark, "") }

// Sprint, Sprintf and Sprintln are fmt's in a cell.
func Sprint(a ...any) string                 { return unmark(fmt.Sprint(a...)) }
func Sprintf(format string, a ...any) string { return unmark(fmt.Sprintf(format, a...)) }
func Sprintln(a ...any) string               { return unmark(fmt.Sprintln(a...)) }

// Fprint, Fprintf and Fprintln are fmt's in a cell.
func Fprint(w io.Writer, a ...any) (n int, err error) { return io.WriteString(w, Sprint(a...)) }
func Fprintf(w io.Writer, format string, a ...any) (n int, err error) {
	return io.WriteString(w, Sprintf(format, a...))
}
func Fprintln(w io.Writer, a ...any) (n int, err error) { return io.WriteString(w, Sprintln(a...)) }

// Types that a struct of a cell can embed: later cells reach the field by an exported name.
type (
	Ꞌerror   = error
	Ꞌany     = any
	Ꞌbool    = bool
	Ꞌstring  = string
	Ꞌbyte    = byte
	Ꞌrune    = rune
	Ꞌint     = int
	Ꞌint8    = int8
	Ꞌint16   = int16
	Ꞌint32   = int32
	Ꞌint64   = int64
	Ꞌuint    = uint
	Ꞌuint8   = uint8
	Ꞌuint16  = uint16
	Ꞌuint32  = uint32
	Ꞌuint64  = uint64
	Ꞌuintptr = uintptr
	Ꞌfloat32 = float32
	Ꞌfloat64 = float64

	Ꞌcomplex64  = complex64
	Ꞌcomplex128 = complex128
)
