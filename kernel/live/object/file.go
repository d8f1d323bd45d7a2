package object

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
)

// The blocks of an object file, in their order (cmd/internal/goobj).
const (
	blockAutolib = iota
	blockPackages
	blockFiles
	blockDefs         // symbols of the package, which others refer to by package and index
	blockHashed64Defs // symbols that are what they contain
	blockHashedDefs
	blockOtherDefs // symbols that others refer to by name
	blockOtherRefs
	blockRefFlags
	blockHash64
	blockHash
	blockRelocIndex
	blockAuxIndex
	blockDataIndex
	blockRelocs
	blockAux
	blockData
	blockRefNames
	blockEnd
	blocks
)

// Packages of a reference that are none of the list's.
const (
	pkgOther    = 1<<31 - 1 - iota // an index of blockOtherDefs, and of blockOtherRefs behind it
	pkgHashed64                    // of blockHashed64Defs
	pkgHashed                      // of blockHashedDefs
	pkgBuiltin
	pkgSelf // of blockDefs
)

// Sizes of records.
const (
	sizeRef    = 8  // of a string, or of a symbol
	sizeImport = 16 // a string and a fingerprint
	sizeSymbol = 21
	sizeReloc  = 23
	sizeAux    = 9
	sizeHash64 = 8
	sizeHash   = 16
)

const (
	magic      = "\x00go120ld"
	headerSize = len(magic) + 8 + 4 + 4*blocks
)

var le = binary.LittleEndian

// file is an object file as its blocks. Strings of the blocks are places in b.
type file struct {
	b     []byte
	block [blockEnd][]byte
}

func parse(b []byte) (*file, error) {
	if len(b) < headerSize || string(b[:len(magic)]) != magic {
		return nil, errors.New("an object file is of a format that is not known here: Go's has changed")
	}
	f := &file{b: b}
	at := func(i int) uint32 { return le.Uint32(b[headerSize-4*blocks+4*i:]) }
	for i := range f.block {
		from, to := at(i), at(i+1)
		if from > to || int(to) > len(b) {
			return nil, errors.New("an object file is cut short")
		}
		f.block[i] = b[from:to:to]
	}
	return f, nil
}

// text is the string that a record refers to.
func (f *file) text(record []byte) []byte {
	size, at := le.Uint32(record), le.Uint32(record[4:])
	return f.b[at : at+size]
}

// defined are the symbols that the file defines, in the order in which the indices of relocations count them.
func (f *file) defined() []byte {
	return bytes.Join([][]byte{f.block[blockDefs], f.block[blockHashed64Defs], f.block[blockHashedDefs],
		f.block[blockOtherDefs]}, nil)
}

// firsts are the places in defined at which the symbols by hash of 64 bits, by hash, and by name begin, and their
// number.
func (f *file) firsts() (hashed64, hashed, other, end int) {
	hashed64 = len(f.block[blockDefs]) / sizeSymbol
	hashed = hashed64 + len(f.block[blockHashed64Defs])/sizeSymbol
	other = hashed + len(f.block[blockHashedDefs])/sizeSymbol
	return hashed64, hashed, other, other + len(f.block[blockOtherDefs])/sizeSymbol
}

// of are the records of a block that belong to the i-th defined symbol.
func (f *file) of(index, block, i, size int) []byte {
	from, to := le.Uint32(f.block[index][4*i:]), le.Uint32(f.block[index][4*i+4:])
	return f.block[block][int(from)*size : int(to)*size]
}

func (f *file) relocs(i int) []byte { return f.of(blockRelocIndex, blockRelocs, i, sizeReloc) }
func (f *file) aux(i int) []byte    { return f.of(blockAuxIndex, blockAux, i, sizeAux) }
func (f *file) data(i int) []byte   { return f.of(blockDataIndex, blockData, i, 1) }

// symbol is a record of a symbol.
type symbol []byte

// Kinds of symbols (cmd/internal/objabi).
const (
	kindText     = 1
	kindTextFIPS = 2
	kindReadOnly = 3 // the first of the kinds of data
	kindNoPtrBSS = 10
	kindDwarf    = 12 // the first of those for debuggers
	// counters of fuzzing: what no package has that was not compiled for it, and has a section of its own
	kindFuzz = 22
)

const flagDupok = 1 // several files may define the symbol

// Calling conventions, and the mark of a symbol that other files cannot refer to.
const (
	abi0        = 0
	abiInternal = 1
	abiStatic   = 0xFFFF
)

// sizeABI0 is the size of a hollow function by the old calling convention that has the new one too; others are of
// size 0.
const sizeABI0 = 1

func (s symbol) abi() uint16  { return le.Uint16(s[8:]) }
func (s symbol) kind() byte   { return s[10] }
func (s symbol) size() uint32 { return le.Uint32(s[13:]) }
func (s symbol) isText() bool { return s.kind() == kindText || s.kind() == kindTextFIPS }

// isData tells whether the symbol is data of the package.
func (s symbol) isData() bool { return s.kind() >= kindReadOnly && s.kind() <= kindNoPtrBSS }

// writer makes an object file.
type writer struct {
	head    []byte // magic, fingerprint, flags
	strings []byte
	places  map[string]uint32
	block   [blockEnd][]byte
}

func newWriter(f *file) *writer {
	return &writer{head: f.b[:headerSize-4*blocks], places: map[string]uint32{}}
}

// intern sets the string that a record refers to.
func (w *writer) intern(record, text []byte) {
	place, known := w.places[string(text)]
	if !known {
		place = uint32(headerSize + len(w.strings))
		w.places[string(text)] = place
		w.strings = append(w.strings, text...)
	}
	le.PutUint32(record, uint32(len(text)))
	le.PutUint32(record[4:], place)
}

// copy appends a block's records of a size, each of which begins with a string.
func (w *writer) copy(f *file, block, size int) {
	for record := range chunks(f.block[block], size) {
		w.add(f, block, record)
	}
}

// add appends a record that begins with a string.
func (w *writer) add(f *file, block int, record []byte) {
	record = bytes.Clone(record)
	w.intern(record, f.text(record))
	w.block[block] = append(w.block[block], record...)
}

// relocsEnd notes where the relocations so far end, which is where the next symbol's begin.
func (w *writer) relocsEnd() {
	w.block[blockRelocIndex] = le.AppendUint32(w.block[blockRelocIndex], uint32(len(w.block[blockRelocs])/sizeReloc))
}

func (w *writer) bytes() []byte {
	out := bytes.Clone(w.head)
	place := headerSize + len(w.strings)
	for _, block := range w.block {
		out = le.AppendUint32(out, uint32(place))
		place += len(block)
	}
	out = le.AppendUint32(out, uint32(place)) // where the last block ends
	out = append(out, w.strings...)
	out = append(out, bytes.Join(w.block[:], nil)...)
	return append(out, 0) // the linker looks at the place of relocations also where there are none
}

// chunks are the records of a block.
func chunks(b []byte, size int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for ; len(b) >= size; b = b[size:] {
			if !yield(b[:size:size]) {
				return
			}
		}
	}
}
