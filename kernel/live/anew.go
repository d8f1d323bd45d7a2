package live

import (
	"go/token"
	"slices"
	"strings"
)

// changed leaves out the functions and types of a cell that are declared as they were before, in words and in what the
// words mean: they stay the ones they are, and so do the values of such types.
func (n *names) changed(code string, items []item) (left []item) {
	methods := map[string][]string{}
	for _, it := range items {
		if it.kind == methodItem {
			name := receiverOf(it.text(code))
			methods[name] = append(methods[name], it.text(code))
		}
	}
	// A declaration is unchanged only while everything is that it refers to.
	stay := map[string]bool{}
	for _, it := range items {
		if e := n.entries[declaredName(code, it)]; e != nil && n.sameWords(e, it.text(code), methods) {
			stay[e.Name] = true
		}
	}
	for changed := true; changed; {
		changed = false
		for name := range stay {
			for _, s := range n.entries[name].declared {
				for used, e := range s.uses {
					if n.entries[used] != e || !stay[used] && declares(code, items, used) {
						if stay[name] {
							delete(stay, name)
							changed = true
						}
					}
				}
				for _, other := range wordsOf(s.text) {
					if other != name && !stay[other] && declares(code, items, other) && stay[name] {
						delete(stay, name)
						changed = true
					}
				}
			}
		}
	}
	for _, it := range items {
		name := declaredName(code, it)
		if it.kind == methodItem {
			name = receiverOf(it.text(code))
		}
		if !stay[name] {
			left = append(left, it)
		}
	}
	return left
}

func declares(code string, items []item, name string) bool {
	return slices.ContainsFunc(items, func(it item) bool { return declaredName(code, it) == name })
}

// wordsOf are the identifiers in a text.
func wordsOf(text string) (words []string) {
	tokens, _ := scan(text)
	for _, t := range tokens {
		if t.tok == token.IDENT {
			words = append(words, t.lit)
		}
	}
	return words
}

// sameWords tells whether a declaration and its methods are those of the entry, word for word.
func (n *names) sameWords(e *Entry, text string, methods map[string][]string) bool {
	if e.Kind != "type" && e.Kind != "function" || len(e.declared) == 0 || !sameTokens(e.declared[0].text, text) {
		return false
	}
	given := methods[e.Name]
	if len(given) != len(e.declared)-1 {
		return false
	}
	for i, m := range e.declared[1:] {
		if !sameTokens(m.text, given[i]) {
			return false
		}
	}
	return true
}

func sameTokens(a, b string) bool {
	as, _ := scan(a)
	bs, _ := scan(b)
	return slices.EqualFunc(as, bs, func(a, b tok) bool { return a.tok == b.tok && a.lit == b.lit })
}

// declaredName is the name that a type's or function's declaration is of; "" for other items and for groups.
func declaredName(code string, it item) string {
	if it.kind != typeItem && it.kind != funcItem {
		return ""
	}
	tokens, _ := scan(it.text(code))
	if len(tokens) > 1 && tokens[1].tok == token.IDENT && tokens[1].lit != "main" && !runsAtOnce(tokens[1].lit) {
		return tokens[1].lit
	}
	return ""
}

// runsAtOnce tells the functions that a cell calls without being told to: init, and GoNB's init_NAME.
func runsAtOnce(function string) bool {
	return function == "init" || strings.HasPrefix(function, "init_")
}

// receiverOf is the name of the type that a method is of.
func receiverOf(text string) string {
	tokens, _ := scan(text)
	name := ""
	for _, t := range tokens[2:] {
		switch t.tok {
		case token.IDENT:
			name = t.lit
		case token.LBRACK, token.RPAREN:
			return name
		}
	}
	return name
}

// methodsAnew finds the types of earlier cells that a cell declares methods of. Go has methods declared with their
// type, so the type is declared anew, with the methods that it has.
func (n *names) methodsAnew(code string, items []item) (more []source) {
	types := map[string][]string{} // the methods that the cell declares
	for _, it := range items {
		if it.kind == methodItem {
			text := it.text(code)
			types[receiverOf(text)] = append(types[receiverOf(text)], methodName(text))
		}
	}
	for name, methods := range types {
		e := n.entries[name]
		if e == nil || e.Kind != "type" || declares(code, items, name) {
			continue
		}
		for _, s := range e.declared {
			if s.name == "" || !slices.Contains(methods, s.name) {
				more = append(more, s)
			}
		}
	}
	return more
}

func methodName(text string) string {
	tokens, _ := scan(text)
	depth := 0
	for i, t := range tokens {
		switch t.tok {
		case token.LPAREN:
			depth++
		case token.RPAREN:
			if depth--; depth == 0 && i+1 < len(tokens) {
				return tokens[i+1].lit
			}
		}
	}
	return ""
}
