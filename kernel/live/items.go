package live

import (
	"go/token"
	"slices"
	"strings"
)

// kind is what an item of a cell's top level is.
type kind int

const (
	importItem kind = iota
	constItem
	typeItem
	varItem
	funcItem
	methodItem
	statementItem
)

// item is a declaration or a statement of a cell's top level: a part of the text, with the comments above it.
type item struct {
	kind       kind
	start, end int    // offsets of its first token and of what follows its last
	from       int    // the offset of what precedes it since the item before: its comments
	keyword    string // of the group that it was taken out of; "" for others
}

// text is the item as it would stand alone.
func (it item) text(code string) string { return it.keyword + code[it.start:it.end] }

// itemsOf cuts Go code into the items of its top level.
func itemsOf(code string) []item {
	tokens, broken := scan(code)
	var items []item
	depth, begin, from := 0, -1, 0
	end := func(i int) { // the item ends before token i
		if begin >= 0 {
			part := tokens[begin:i]
			it := item{kind: kindOf(part), start: part[0].pos, end: part[len(part)-1].end(), from: from}
			if (it.kind == typeItem || it.kind == varItem) && len(part) > 1 && part[1].tok == token.LPAREN {
				items = append(items, members(it, part)...)
			} else {
				items = append(items, it)
			}
			from = it.end
		}
		begin = -1
	}
	for i, t := range tokens {
		switch t.tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		case token.SEMICOLON:
			if depth <= 0 && !(t.lit == ";" && begin >= 0 && hasHeader(tokens[begin:i])) {
				end(i)
				from = max(from, t.pos)
				if t.lit == ";" {
					from = t.pos + 1
				}
				continue
			}
		}
		if begin < 0 {
			begin = i
		}
	}
	end(len(tokens))
	if broken && len(items) > 0 { // a comment that does not end is the last one's
		items[len(items)-1].end = len(code)
	}
	return joinPackage(code, items)
}

// hasHeader tells the statements in which semicolons part more than statements.
func hasHeader(tokens []tok) bool {
	if len(tokens) > 2 && tokens[0].tok == token.IDENT && tokens[1].tok == token.COLON {
		tokens = tokens[2:]
	}
	return slices.Contains([]token.Token{token.FOR, token.IF, token.SWITCH}, tokens[0].tok)
}

// members takes a group of types or of variables apart, which are each declared anew, or not, for themselves.
func members(group item, tokens []tok) (items []item) {
	depth, begin, from := 0, -1, tokens[1].end()
	for i, t := range tokens[2:] {
		last := i == len(tokens)-3
		if depth == 0 && t.tok == token.SEMICOLON || last {
			if begin >= 0 {
				before := tokens[i+1]
				items = append(items, item{group.kind, tokens[begin].pos, before.end(), from, tokens[0].lit + " "})
				from = before.end()
			}
			begin = -1
			if t.lit == ";" {
				from = t.end()
			}
			continue
		}
		switch t.tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		}
		if begin < 0 {
			begin = i + 2
		}
	}
	return items
}

// joinPackage drops a package clause, which a whole program that is pasted into a cell begins with.
func joinPackage(code string, items []item) []item {
	if len(items) > 0 && items[0].kind == statementItem && strings.HasPrefix(code[items[0].start:items[0].end],
		"package ") {
		return items[1:]
	}
	return items
}

func kindOf(tokens []tok) kind {
	switch tokens[0].tok {
	case token.IMPORT:
		return importItem
	case token.CONST:
		return constItem
	case token.TYPE:
		return typeItem
	case token.VAR:
		return varItem
	case token.FUNC:
		if len(tokens) > 1 && tokens[1].tok == token.IDENT {
			return funcItem
		}
		// A method has a name after its receiver; a function literal has results or its body there.
		depth := 0
		for i, t := range tokens[1:] {
			switch t.tok {
			case token.LPAREN:
				depth++
			case token.RPAREN:
				depth--
			}
			if depth == 0 {
				if rest := tokens[i+2:]; len(rest) > 1 && rest[0].tok == token.IDENT && rest[1].tok == token.LPAREN {
					return methodItem
				}
				break
			}
		}
	}
	return statementItem
}
