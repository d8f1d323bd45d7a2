package object

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
)

// hollowSection is where the linker lays what hollow archives define.
const hollowSection = ".go.fuzzcntrs"

// Undefine returns an object file of ELF, as Go's linker hands it to the system's, in which the symbols of hollow
// packages are undefined.
func Undefine(o []byte) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(o))
	if err != nil {
		return nil, err
	}
	if f.Class != elf.ELFCLASS64 || f.ByteOrder != le {
		return nil, errors.New("an object file of 64 bits is wanted")
	}
	symbols, err := f.Symbols()
	if err != nil {
		return nil, fmt.Errorf("the object file's symbols: %w", err)
	}
	u := &undefining{file: f, o: bytes.Clone(o), undefined: make([]bool, len(symbols)+1)}
	for i, s := range symbols {
		hollow := int(s.Section) < len(f.Sections) && f.Sections[s.Section].Name == hollowSection
		if global := elf.ST_BIND(s.Info) == elf.STB_GLOBAL; global && (hollow || s.Name == addModule) {
			u.undefine(i+1, s, !hollow || s.Size == sizeABI0)
		}
	}
	if f.Machine == elf.EM_X86_64 {
		u.callByTable()
	}
	if err := u.callAddModule(symbols); err != nil {
		return nil, err
	}
	if table := f.SectionByType(elf.SHT_SYMTAB); len(u.names) > 0 {
		u.extend(int(table.Link), u.names)
	}
	return u.o, nil
}

type undefining struct {
	file      *elf.File
	o         []byte
	undefined []bool // by the symbol's index
	names     []byte // more of them
}

const sizeELFSymbol, sizeRela = 24, 24

// undefine takes the place of a symbol away, and names the function by the old calling convention where there are two.
func (u *undefining) undefine(i int, symbol elf.Symbol, old bool) {
	u.undefined[i] = true
	table := u.file.SectionByType(elf.SHT_SYMTAB)
	s := u.o[table.Offset+uint64(i*sizeELFSymbol):]
	s[4] = byte(elf.STB_GLOBAL) << 4 // and of no type
	clear(s[6:sizeELFSymbol])        // section, value, size
	if old {
		le.PutUint32(s, uint32(u.file.Sections[table.Link].Size)+uint32(len(u.names)))
		u.names = append(u.names, symbol.Name+".abi0\x00"...)
	}
}

// callByTable has calls of undefined functions go by the table that the dynamic linker fills.
func (u *undefining) callByTable() {
	for _, s := range u.file.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		for r := range chunks(u.o[s.Offset:s.Offset+s.Size], sizeRela) {
			info := le.Uint64(r[8:])
			if u.undefined[info>>32] && elf.R_X86_64(uint32(info)) == elf.R_X86_64_PC32 {
				le.PutUint64(r[8:], info>>32<<32|uint64(elf.R_X86_64_PLT32))
			}
		}
	}
}

// callAddModule adds the relocation by which the plugin's first function calls the process's addModule. Go's linker
// wrote that call, of which it knew the distance, behind two instructions on either machine.
func (u *undefining) callAddModule(symbols []elf.Symbol) error {
	const callAt = 8
	kinds := map[elf.Machine]struct{ kind, addend int64 }{
		elf.EM_X86_64:  {int64(elf.R_X86_64_PLT32), -4},
		elf.EM_AARCH64: {int64(elf.R_AARCH64_CALL26), 0},
	}
	kind, known := kinds[u.file.Machine]
	relocs := -1
	for i, s := range u.file.Sections {
		if s.Type == elf.SHT_RELA && u.file.Sections[s.Info].Name == ".text" {
			relocs = i
		}
	}
	var caller, called int
	for i, s := range symbols {
		switch s.Name {
		case "go:link.addmoduledata":
			caller = i + 1
		case addModule:
			called = i + 1
		}
	}
	if !known || relocs < 0 || caller == 0 || called == 0 {
		return errors.New("the object file does not tell the process of the plugin in a way that is known here")
	}
	record := le.AppendUint64(nil, symbols[caller-1].Value+callAt)
	record = le.AppendUint64(record, uint64(called)<<32|uint64(kind.kind))
	record = le.AppendUint64(record, uint64(kind.addend))
	u.extend(relocs, record)
	return nil
}

// extend moves a section to the file's end, with more behind it.
func (u *undefining) extend(section int, more []byte) {
	s := u.file.Sections[section]
	const sectionHeaders, sizeHeader = 40, 64
	header := le.Uint64(u.o[sectionHeaders:]) + uint64(section)*sizeHeader
	for len(u.o)%8 != 0 {
		u.o = append(u.o, 0)
	}
	le.PutUint64(u.o[header+24:], uint64(len(u.o)))
	le.PutUint64(u.o[header+32:], s.Size+uint64(len(more)))
	u.o = append(append(u.o, u.o[s.Offset:s.Offset+s.Size]...), more...)
}
