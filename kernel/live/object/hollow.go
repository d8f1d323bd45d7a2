package object

import (
	"bytes"
	"slices"
	"strings"
)

// Hollow returns a package's archive without what a process that has the package has already: functions and variables
// keep their names, types are whole, export data and objects of C are gone.
func Hollow(path string, archive []byte) ([]byte, error) {
	members, err := readArchive(archive)
	if err != nil {
		return nil, err
	}
	internal, err := internalFunctions(members)
	if err != nil {
		return nil, err
	}
	var kept []member
	for _, m := range members {
		switch {
		case m.exports():
			line, _, _ := bytes.Cut(m.body, []byte("\n"))
			kept = append(kept, member{m.header, slices.Concat(line, []byte("\n\n$$B\n\n$$\n"))})
		case m.goObject():
			_, f, err := m.object()
			if err != nil {
				return nil, err
			}
			line, _, _ := bytes.Cut(m.body, []byte("\n")) // what follows are the flags for linking C
			kept = append(kept,
				member{m.header, slices.Concat(line, []byte("\n!\n"),
					newHollowing(f, internal, path == "runtime").bytes())})
		}
	}
	return writeArchive(kept), nil
}

// internalFunctions are the names of the functions that can be called by Go's calling convention of today,
// ABIInternal. A function of the assembler's is defined for the older one too, ABI0, under the same name, to which
// Go's linker then adds the convention.
func internalFunctions(members []member) (map[string]bool, error) {
	names := map[string]bool{}
	for _, m := range members {
		if !m.goObject() {
			continue
		}
		_, f, err := m.object()
		if err != nil {
			return nil, err
		}
		for record := range chunks(f.defined(), sizeSymbol) {
			if s := symbol(record); s.isText() && s.abi() == abiInternal && s.size() > 0 {
				names[string(f.text(s))] = true
			}
		}
	}
	return names, nil
}

// hollowing is an object file on its way to be hollow. Symbols are counted as in file.defined, with the references by
// name behind them.
type hollowing struct {
	*file
	symbols  []byte          // all of them
	internal map[string]bool // functions of the package that have ABIInternal
	// where those begin that are defined by hash of 64 bits, by hash, by name; the references; the end
	first   [5]int
	basics  bool // the file has the types that no file defines because it uses them
	kept    []bool
	hollow  []bool
	numbers []uint32 // of the kept, in their own block
}

func newHollowing(f *file, internal map[string]bool, basics bool) *hollowing {
	h := &hollowing{file: f, internal: internal, basics: basics, symbols: slices.Concat(f.defined(),
		f.block[blockOtherRefs])}
	h.first[0], h.first[1], h.first[2], h.first[3] = f.firsts()
	h.first[4] = len(h.symbols) / sizeSymbol
	h.kept, h.hollow, h.numbers = make([]bool, h.first[4]), make([]bool, h.first[4]), make([]uint32, h.first[4])
	return h
}

func (h *hollowing) symbol(i int) symbol { return h.symbols[i*sizeSymbol : (i+1)*sizeSymbol] }

// bytes is the hollow file.
func (h *hollowing) bytes() []byte {
	h.mark()
	h.number()
	w := newWriter(h.file)
	w.copy(h.file, blockAutolib, sizeImport)
	w.copy(h.file, blockPackages, sizeRef)
	w.copy(h.file, blockFiles, sizeRef)
	for i := range h.first[4] {
		if h.kept[i] {
			h.write(w, i)
		}
	}
	h.ends(w)
	return w.bytes()
}

// mark keeps what others may refer to, and what that refers to.
func (h *hollowing) mark() {
	var open []int
	keep := func(i int) {
		if i >= 0 && !h.kept[i] {
			h.kept[i] = true
			open = append(open, i)
		}
	}
	for i := range h.first[3] {
		s := h.symbol(i)
		name := string(h.text(s))
		if h.debug(i) {
			h.kept[i] = i < h.first[0] // for its number
			continue
		}
		own := i < h.first[0] || i >= h.first[2] && name != "" && (s[11]&flagDupok == 0 || s.isText() || h.basics &&
			strings.HasPrefix(name, "type:"))
		h.hollow[i] = (own || s.isText()) && isHollow(s, name)
		if own {
			keep(i)
		}
	}
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if i >= h.first[3] {
			continue
		}
		for a := range chunks(h.keptAux(i), sizeAux) {
			keep(h.local(a[1:]))
		}
		for r := range chunks(h.keptRelocs(i), sizeReloc) {
			keep(h.local(r[15:]))
		}
	}
}

// addModule is the function by which a plugin tells the process of itself. The linker puts it among the plugin's own
// functions, and calls it where none of its relocations says so: Undefine turns that call to the process's.
const addModule = "runtime.addmoduledata"

// isHollow tells whether a symbol becomes a name alone. What starts a package's initialisation stays, since the
// linker puts packages into order by it.
func isHollow(s symbol, name string) bool {
	switch {
	case name == "" || name == addModule && s.abi() == abi0 || strings.HasSuffix(name, "..inittask"):
		return false
	case s.isText():
		return true
	default:
		return s.isData() && !strings.HasPrefix(name, "type:") && !strings.HasPrefix(name, "go:")
	}
}

// debug tells whether the symbol is for debuggers.
func (h *hollowing) debug(i int) bool {
	return h.symbol(i).kind() >= kindDwarf && h.symbol(i).kind() < kindFuzz
}

// keptAux are the records beside a symbol that stay: of a function that is hollow, those by which the linker knows it
// where it was inlined, and how much of the stack its caller has to leave.
func (h *hollowing) keptAux(i int) []byte {
	if h.debug(i) {
		return nil
	}
	if !h.hollow[i] {
		return h.aux(i)
	}
	const funcInfo, stackSize = 1, 7
	var kept []byte
	for a := range chunks(h.aux(i), sizeAux) {
		if a[0] == funcInfo || a[0] == stackSize {
			kept = append(kept, a...)
		}
	}
	return kept
}

func (h *hollowing) keptRelocs(i int) []byte {
	if h.hollow[i] || h.debug(i) || string(h.text(h.symbol(i))) == addModule { // which is not called
		return nil
	}
	return h.relocs(i)
}

// local is the place of a reference's symbol; -1 if that is another package's, or none.
func (h *hollowing) local(ref []byte) int {
	index := int(le.Uint32(ref[4:]))
	switch le.Uint32(ref) {
	case pkgSelf:
		return index
	case pkgHashed64:
		return h.first[0] + index
	case pkgHashed:
		return h.first[1] + index
	case pkgOther:
		return h.first[2] + index
	}
	return -1
}

// number counts the kept symbols anew. Those that the package's index names keep their numbers: all of them are kept.
func (h *hollowing) number() {
	var next [4]uint32
	for i := range h.first[4] {
		block := h.blockOf(i)
		if block == 4 { // references go on from the symbols by name
			block = 3
		}
		if h.kept[i] {
			h.numbers[i] = next[block]
			next[block]++
		}
	}
}

// blockOf is which of the five blocks of symbols the i-th is in.
func (h *hollowing) blockOf(i int) int {
	block := 0
	for block < 4 && i >= h.first[block] {
		block++
	}
	return block
}

// renumber sets a record's reference to the symbol's new number.
func (h *hollowing) renumber(ref []byte) {
	if i := h.local(ref); i >= 0 {
		le.PutUint32(ref[4:], h.numbers[i])
	}
}

// write writes a symbol, and keeps its contents for the blocks behind.
func (h *hollowing) write(w *writer, i int) {
	s := symbol(bytes.Clone(h.symbol(i)))
	w.intern(s, h.text(s))
	block := h.blockOf(i)
	if h.hollow[i] {
		// Where the cell has the function too, of a generic one, the linker takes the larger: the cell's.
		size := uint32(0)
		if s.isText() && s.abi() == abi0 && h.internal[string(h.text(h.symbol(i)))] {
			size = sizeABI0
		}
		s[10], s[11] = kindFuzz, s[11]|flagDupok
		le.PutUint32(s[13:], size)
		le.PutUint32(s[17:], 1) // its alignment
	}
	target := [...]int{blockDefs, blockHashed64Defs, blockHashedDefs, blockOtherDefs, blockOtherRefs}[block]
	w.block[target] = append(w.block[target], s...)
	if block == 4 {
		return
	}
	switch block {
	case 1:
		w.block[blockHash64] = append(w.block[blockHash64],
			h.block[blockHash64][(i-h.first[0])*sizeHash64:][:sizeHash64]...)
	case 2:
		w.block[blockHash] = append(w.block[blockHash], h.block[blockHash][(i-h.first[1])*sizeHash:][:sizeHash]...)
	}
	h.ends(w)
	for r := range chunks(bytes.Clone(h.keptRelocs(i)), sizeReloc) {
		h.renumber(r[15:])
		w.block[blockRelocs] = append(w.block[blockRelocs], r...)
	}
	for a := range chunks(bytes.Clone(h.keptAux(i)), sizeAux) {
		h.renumber(a[1:])
		w.block[blockAux] = append(w.block[blockAux], a...)
	}
	if !h.hollow[i] && !h.debug(i) {
		w.block[blockData] = append(w.block[blockData], h.data(i)...)
	}
}

// ends notes where the contents so far end, which is where the next symbol's begin.
func (*hollowing) ends(w *writer) {
	w.relocsEnd()
	w.block[blockAuxIndex] = le.AppendUint32(w.block[blockAuxIndex], uint32(len(w.block[blockAux])/sizeAux))
	w.block[blockDataIndex] = le.AppendUint32(w.block[blockDataIndex], uint32(len(w.block[blockData])))
}
