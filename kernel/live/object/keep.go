package object

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Keep returns the archive of a program's package main with references to every function, variable and type of the
// packages, whose archives are named by import path. A linker leaves out what nothing refers to; a plugin that comes
// later may.
func Keep(main []byte, packages map[string][]byte) ([]byte, error) {
	return keep(main, "main.main", func(k *keeping) error { return k.addPackages(packages) })
}

// KeepOwn returns the archive of a plugin's package, which is initialised, with references to all that the package
// declares, and to all of the packages that come with it.
func KeepOwn(path string, archive []byte, packages map[string][]byte) ([]byte, error) {
	return keep(archive, prefix(path)+"..inittask", func(k *keeping) error {
		k.addOwn()
		return k.addPackages(packages)
	})
}

// keep has a symbol of an archive's first object file refer to what add adds.
func keep(archive []byte, anchor string, add func(*keeping) error) ([]byte, error) {
	members, err := readArchive(archive)
	if err != nil {
		return nil, err
	}
	for i, m := range members {
		if !m.goObject() {
			continue
		}
		preamble, f, err := m.object()
		if err != nil {
			return nil, err
		}
		k := &keeping{file: f, writer: newWriter(f)}
		if err := add(k); err != nil {
			return nil, err
		}
		o, err := k.bytes(anchor)
		if err != nil {
			return nil, err
		}
		members[i].body = append([]byte(preamble), o...)
		return writeArchive(members), nil
	}
	return nil, errors.New("no object file of Go's is in the archive")
}

// keeping is an object file on its way to refer to more.
type keeping struct {
	*file
	writer   *writer
	imports  []byte // records of blockAutolib
	packages []byte // of blockPackages
	names    []byte // of blockOtherRefs
	relocs   []byte
}

func (k *keeping) addPackages(packages map[string][]byte) error {
	for _, path := range slices.Sorted(maps.Keys(packages)) {
		if err := k.addPackage(path, packages[path]); err != nil {
			return fmt.Errorf("package %s: %w", path, err)
		}
	}
	return nil
}

// addPackage refers to all that a package defines.
func (k *keeping) addPackage(path string, archive []byte) error {
	members, err := readArchive(archive)
	if err != nil {
		return err
	}
	number := uint32(len(k.block[blockPackages])+len(k.packages)) / sizeRef
	named := uint32(len(k.block[blockOtherDefs])+len(k.block[blockOtherRefs])) / sizeSymbol
	var fingerprint []byte
	for _, m := range members {
		if !m.goObject() {
			continue
		}
		_, f, err := m.object()
		if err != nil {
			return err
		}
		// the first is what the compiler wrote; the others are the assembler's, which have names alone
		if fingerprint == nil {
			fingerprint = f.b[len(magic) : len(magic)+8]
			for i := range f.needed(blockDefs) {
				k.refer(number, i)
			}
		}
		for _, s := range f.needed(blockOtherDefs) {
			k.refer(pkgOther, named+uint32(len(k.names))/sizeSymbol)
			k.name(f.text(s), s.abi())
		}
	}
	record := make([]byte, sizeRef)
	k.writer.intern(record, []byte(prefix(path)))
	k.packages = append(k.packages, record...)
	k.writer.intern(record, []byte(path))
	k.imports = append(append(k.imports, record...), fingerprint...)
	return nil
}

// prefix is how an import path is written in the names of symbols: without dots behind its last slash, and without
// what is no ordinary character (cmd/internal/objabi, PathToPrefix).
func prefix(path string) string {
	slash := strings.LastIndexByte(path, '/')
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; c == '.' && i > slash || c <= ' ' || c == '%' || c == '"' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// addOwn refers to all that the file defines.
func (k *keeping) addOwn() {
	for i := range k.needed(blockDefs) {
		k.refer(pkgSelf, i)
	}
	for i := range k.needed(blockOtherDefs) {
		k.refer(pkgOther, i)
	}
}

// needed are the symbols of a block, by their number, that a plugin can refer to. What a user of theirs defines too
// is not needed: constants that are shared.
func (f *file) needed(block int) iter.Seq2[uint32, symbol] {
	return func(yield func(uint32, symbol) bool) {
		i := uint32(0)
		for s := range chunks(f.block[block], sizeSymbol) {
			name := f.text(s)
			shared := block == blockOtherDefs && s[11]&flagDupok != 0 && !symbol(s).isText() &&
				!bytes.HasPrefix(name, []byte("type:"))
			if symbol(s).isNeeded() && len(name) > 0 && !shared && !yield(i, s) {
				return
			}
			i++
		}
	}
}

// isNeeded tells whether a symbol is one that a plugin can refer to. Functions of no bytes are those that were inlined
// wherever they are called.
func (s symbol) isNeeded() bool {
	return s.abi() != abiStatic && (s.isText() && s.size() > 0 || s.isData())
}

// name adds a reference by name.
func (k *keeping) name(name []byte, abi uint16) {
	record := make([]byte, sizeSymbol)
	k.writer.intern(record, name)
	le.PutUint16(record[8:], abi)
	k.names = append(k.names, record...)
}

// refer adds a relocation of no bytes: the linker keeps what it refers to, and does nothing else for it.
func (k *keeping) refer(pkg, index uint32) {
	const address = 1
	record := make([]byte, sizeReloc)
	record[5] = address
	le.PutUint32(record[15:], pkg)
	le.PutUint32(record[19:], index)
	k.relocs = append(k.relocs, record...)
}

// bytes is the file, in which the anchor refers to all that was added.
func (k *keeping) bytes(anchor string) ([]byte, error) {
	w := k.writer
	w.copy(k.file, blockAutolib, sizeImport)
	w.block[blockAutolib] = append(w.block[blockAutolib], k.imports...)
	w.copy(k.file, blockPackages, sizeRef)
	w.block[blockPackages] = append(w.block[blockPackages], k.packages...)
	w.copy(k.file, blockFiles, sizeRef)
	for _, block := range []int{blockDefs, blockHashed64Defs, blockHashedDefs, blockOtherDefs, blockOtherRefs} {
		w.copy(k.file, block, sizeSymbol)
	}
	w.block[blockOtherRefs] = append(w.block[blockOtherRefs], k.names...)
	for _, block := range []int{blockRefFlags, blockHash64, blockHash, blockAuxIndex, blockDataIndex, blockAux,
		blockData} {
		w.block[block] = k.block[block]
	}
	found := false
	for i, s := range slices.Collect(chunks(k.defined(), sizeSymbol)) {
		w.relocsEnd()
		w.block[blockRelocs] = append(w.block[blockRelocs], k.file.relocs(i)...)
		if string(k.text(s)) == anchor {
			found = true
			w.block[blockRelocs] = append(w.block[blockRelocs], k.relocs...)
		}
	}
	w.relocsEnd()
	if !found {
		return nil, fmt.Errorf("the package has no %s", anchor)
	}
	return w.bytes(), nil
}
