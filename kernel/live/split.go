package live

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// Command is a line of a cell that is no Go: a shell command (!) or a magic (%).
type Command struct {
	Line int    // in the cell, from 1
	Text string // the line, with those that a backslash at its end joins to it
}

// Cell is the text of a cell, taken apart.
type Cell struct {
	Code     string // the Go, in which every command is a blank line: lines keep their numbers
	Commands []Command
	Args     []string // of a line %% or %main: what os.Args holds after the program's name
	Main     bool     // there was such a line
}

// Split takes the commands out of a cell. A line is one where it begins with ! or % and a Go statement could begin
// there: in a raw string, in a comment, or after an operator it is Go.
func Split(text string) Cell {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var c Cell
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if !strings.HasPrefix(line, "!") && !strings.HasPrefix(line, "%") ||
			!statementMayBegin(strings.Join(lines[:i], "")) {
			continue
		}
		command := Command{Line: i + 1, Text: strings.TrimRight(line, "\r\n")}
		for strings.HasSuffix(command.Text, "\\") && i+1 < len(lines) {
			lines[i] = blank(lines[i])
			i++
			command.Text += "\n" + strings.TrimRight(lines[i], "\r\n")
		}
		lines[i] = blank(lines[i])
		switch word, rest, _ := strings.Cut(command.Text, " "); word {
		case "%%", "%main":
			c.Main, c.Args = true, strings.Fields(rest)
		default:
			c.Commands = append(c.Commands, command)
		}
	}
	c.Code = strings.Join(lines, "")
	return c
}

func blank(line string) string {
	if strings.HasSuffix(line, "\n") {
		return "\n"
	}
	return ""
}

// tok is one of the scanner's tokens.
type tok struct {
	pos int // the offset in the text
	tok token.Token
	lit string
}

func (t tok) end() int {
	if t.lit != "" && t.tok != token.SEMICOLON {
		return t.pos + len(t.lit)
	}
	if t.tok == token.SEMICOLON && t.lit != ";" {
		return t.pos
	}
	return t.pos + len(t.tok.String())
}

// scan reads the tokens of a text, without comments; broken tells that a comment or a string does not end in it.
func scan(text string) (tokens []tok, broken bool) {
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), func(_ token.Position, message string) {
		broken = broken || strings.HasSuffix(message, "not terminated")
	}, 0)
	for {
		pos, kind, lit := s.Scan()
		if kind == token.EOF {
			return tokens, broken
		}
		tokens = append(tokens, tok{file.Offset(pos), kind, lit})
	}
}

// statementMayBegin tells whether a statement may begin after a text of whole lines.
func statementMayBegin(before string) bool {
	tokens, broken := scan(before)
	if broken {
		return false
	}
	if len(tokens) == 0 {
		return true
	}
	last := tokens[len(tokens)-1].tok
	return slices.Contains([]token.Token{token.SEMICOLON, token.LBRACE, token.COLON}, last)
}
