package live

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator makes a small random program as the items of a notebook: declarations and statements that are right in this
// order, in one Go program (the statements in a function) as in cells. Its names begin with a prefix of its own.
type generator struct {
	*rand.Rand
	prefix string
	count  int
	items  []programItem

	ints, texts, slices, maps, closures, pointers []string // variables in scope
	globals                                       []string // ints that functions can refer to
	consts                                        []string
	functions                                     map[string]int // of ints, with how many parameters
	structs                                       []structType
	shapes                                        []string // values of the interface
	shape                                         string   // the interface
}

// programItem is a declaration or a statement, of one line or more.
type programItem struct {
	text        string
	declaration bool
}

// structType is a struct with int fields a and b that are not exported, methods sum and grow, and a variable of it.
type structType struct{ name, variable string }

func generate(seed uint64, prefix string) []programItem {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), prefix: prefix, functions: map[string]int{}}
	g.declare("const (\n\t%[1]s = iota + 3\n\t%[2]s\n\t_\n\t%[3]s\n)", g.constant(), g.constant(), g.constant())
	g.global()
	g.function()
	g.structure()
	g.define()
	makers := []func(){g.global, g.function, g.structure, g.define, g.define, g.assign, g.slice, g.dictionary,
		g.closure, g.pointer,
		g.generic, g.embedding, g.interfaces, g.goroutines, g.loops, g.shadowing, g.deferred, g.typeSwitch, g.recursion,
		g.anonymous,
		g.enumeration, g.results, g.methodValues, g.print, g.selecting, g.iterator, g.localTypes}
	for range 10 + g.IntN(8) {
		makers[g.IntN(len(makers))]()
	}
	g.print()
	return g.items
}

func (g *generator) name(kind string) string {
	g.count++
	return fmt.Sprintf("%s%s%d", g.prefix, kind, g.count)
}

func (g *generator) constant() string {
	g.consts = append(g.consts, g.name("K"))
	return g.consts[len(g.consts)-1]
}

func (g *generator) declare(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	// A method that a later cell declares would make its type another one.
	if last := len(g.items) - 1; last >= 0 && strings.HasPrefix(g.items[last].text, "type ") &&
		!strings.HasPrefix(text, "type ") {
		g.items[last].text += "\n\n" + text
		return
	}
	g.items = append(g.items, programItem{text, true})
}

func (g *generator) do(format string, args ...any) {
	g.items = append(g.items, programItem{fmt.Sprintf(format, args...), false})
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// number is an expression of type int of what is in scope.
func (g *generator) number(depth int) string {
	leaves := []string{fmt.Sprint(1 + g.IntN(9)), pick(g, g.ints), pick(g, g.ints), pick(g, g.consts)}
	if depth <= 0 {
		return pick(g, leaves)
	}
	options := []func() string{
		func() string { return pick(g, leaves) },
		func() string { return fmt.Sprintf("(%s + %s)", g.number(depth-1), g.number(depth-1)) },
		func() string { return fmt.Sprintf("(%s - %s)", g.number(depth-1), g.number(depth-1)) },
		func() string { return fmt.Sprintf("%s * %s %% 1009", pick(g, g.ints), g.number(depth-1)) },
		func() string { s := pick(g, g.structs); return s.variable + "." + pick(g, []string{"a", "b", "sum()"}) },
		func() string {
			s := pick(g, g.structs)
			return g.first(s.variable + ".grow(" + g.number(depth-1) + ")")
		},
		func() string {
			s := pick(g, g.structs)
			return fmt.Sprintf("%s{a: %s, b: %s}.sum()", s.name, g.number(depth-1), g.number(depth-1))
		},
		g.call(depth),
	}
	if len(g.closures) > 0 {
		options = append(options, func() string { return g.first(pick(g, g.closures) + "(" + g.number(depth-1) + ")") })
	}
	if len(g.slices) > 0 {
		options = append(options, func() string { return "len(" + pick(g, g.slices) + ")" })
	}
	if len(g.maps) > 0 {
		options = append(options,
			func() string { return pick(g, g.maps) + `["` + pick(g, []string{"p", "q", "z"}) + `"]` })
	}
	if len(g.pointers) > 0 {
		options = append(options, func() string { return "*" + pick(g, g.pointers) })
	}
	if len(g.shapes) > 0 {
		options = append(options, func() string { return pick(g, g.shapes) + ".measure()" })
	}
	return pick(g, options)()
}

// first has a call that may have effects made by a statement of its own: Go leaves open whether an expression reads its
// variables before or after them.
func (g *generator) first(call string) string {
	v := g.name("r")
	g.do("%s := %s", v, call)
	return v
}

func (g *generator) call(depth int) func() string {
	return func() string {
		name := pick(g, slices.Sorted(maps.Keys(g.functions)))
		var args []string
		for range g.functions[name] {
			args = append(args, g.number(depth-1))
		}
		return g.first(name + "(" + strings.Join(args, ", ") + ")")
	}
}

// inner is an expression that a declared function can hold: of its parameters, constants and package-level variables.
func (g *generator) inner(params ...string) string {
	all := append(append(append([]string{"2", "7"}, params...), g.globals...), g.consts...)
	return fmt.Sprintf("(%s %s %s)", pick(g, all), pick(g, []string{"+", "-"}), pick(g, all))
}

func (g *generator) print() {
	var parts []string
	for range 3 {
		parts = append(parts, g.number(2))
	}
	for _, all := range [][]string{g.texts, g.slices, g.maps} {
		if len(all) > 0 {
			parts = append(parts, pick(g, all))
		}
	}
	s := pick(g, g.structs)
	g.do("fmt.Printf(\"%%+v %%v\\n\", %s, []any{%s})", s.variable, strings.Join(parts, ", "))
}
