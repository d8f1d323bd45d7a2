package live

import (
	"fmt"
	"go/ast"
	"go/types"
	"iter"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/kernel/live/rt"
)

// mark is put before the names that a cell declares: a capital letter, so that later cells can import them, which
// nobody types. It is taken off again in everything that a person reads.
const mark = rt.Mark

// inner is put before the names that only the kernel writes, so that they are none of a cell's with its mark.
const inner = mark + mark

// Unmark takes the marks off a text.
func Unmark(text string) string { return strings.ReplaceAll(text, mark, "") }

// exported is the name by which other cells know one that a cell declares.
func exported(name string) string {
	if ast.IsExported(name) {
		return name
	}
	return mark + name
}

// origin is where code of a cell was typed.
type origin struct {
	cell         int // its execution count
	line, column int
}

// source is the text of a declaration.
type source struct {
	text string
	at   origin
	uses map[string]*Entry // the names of the session that it refers to, as they were
	name string            // of a method
}

// Entry is a name of the session.
type Entry struct {
	Name string
	Kind string // variable, function, type or constant
	Cell int    // that declared it: its execution count
	Type types.Type

	unit     int // the package it lies in
	hook     bool
	earlier  *Entry   // the one whose name it has taken
	declared []source // of a type: its declaration and its methods; of a function: its declaration
}

func (e *Entry) path() string { return unitPath(e.unit) }

// alias is the name under which a cell imports the package that the entry lies in.
func (e *Entry) alias() string { return fmt.Sprintf("%sc%d", inner, e.unit) }

// ident is how a later cell writes the entry.
func (e *Entry) ident() string { return e.alias() + "." + exported(e.Name) }

func unitPath(unit int) string { return fmt.Sprintf("cells/c%d", unit) }

// names are those of a session.
type names struct {
	entries map[string]*Entry
	imports map[string]string // what cells have imported, by the name they use it by, to the path
	blank   []string          // paths imported for their effects alone
	dots    []string          // paths whose names cells use as their own
	lost    map[string]int    // variables whose types no later cell can write, to the cell that had them
}

func newNames() *names {
	return &names{entries: map[string]*Entry{}, imports: map[string]string{}, lost: map[string]int{}}
}

// sorted are the session's entries by name.
func (n *names) sorted() []*Entry {
	var all []*Entry
	for _, e := range n.entries {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Entry) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// adopt makes what a cell has declared and imported the session's: a name means what was last said. lost are
// variables of the cell that do not outlive it.
func (n *names) adopt(d *draft, own []*Entry, lost []string) {
	for name, path := range d.imports {
		n.imports[name] = path
		delete(n.entries, name)
	}
	for _, e := range own {
		n.entries[e.Name] = e
		delete(n.imports, e.Name)
		delete(n.lost, e.Name)
	}
	for _, name := range lost {
		n.lost[name] = d.cell
		delete(n.entries, name)
	}
	n.blank = append(n.blank, d.blank...)
	n.dots = append(n.dots, d.dots...)
}

// TypeText is the type of one of the session's names as a person writes it.
func (s *Session) TypeText(e *Entry) string {
	return s.names.explain(types.TypeString(e.Type, qualifier), 0, nil)
}

// qualifier writes a package before a name so that explain knows those of cells.
func qualifier(p *types.Package) string {
	if strings.HasPrefix(p.Path(), "cells/") {
		return p.Path()
	}
	return p.Name()
}

// current tells whether the names of entries still mean them.
func (n *names) current(entries iter.Seq[*Entry]) bool {
	for e := range entries {
		if n.entries[e.Name] != e {
			return false
		}
	}
	return true
}
