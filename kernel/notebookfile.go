package kernel

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// notebookFile is what is to be known of a notebook before it runs.
type notebookFile struct {
	path  string
	cells []notebookCell
}

type notebookCell struct {
	code   bool
	source string
	tags   []string
}

func (c notebookCell) tagged(tag string) bool { return slices.Contains(c.tags, tag) }

// readNotebook reads a notebook; its error is one line that says what the file is instead.
func readNotebook(path string) (notebookFile, error) {
	book := notebookFile{path: path}
	text, err := os.ReadFile(path)
	info, statErr := os.Stat(path)
	switch {
	case errors.Is(statErr, os.ErrNotExist):
		return book, fmt.Errorf("no notebook %s", path)
	case statErr == nil && info.IsDir():
		return book, fmt.Errorf("%s is a folder: name the notebooks in it", path)
	case err != nil:
		return book, fmt.Errorf("cannot read the notebook: %w", err)
	case len(strings.TrimSpace(string(text))) == 0:
		return book, fmt.Errorf("%s is no notebook: it is empty", path)
	}
	var file struct {
		Format     *int `json:"nbformat"`
		Worksheets json.RawMessage
		Cells      []struct {
			Kind     string   `json:"cell_type"`
			Source   textList `json:"source"`
			Metadata struct{ Tags []string }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return book, fmt.Errorf("%s is no notebook: it is not JSON (%w, in line %d)", path, err,
				1+strings.Count(string(text[:syntax.Offset]), "\n"))
		}
		var shape *json.UnmarshalTypeError
		if errors.As(err, &shape) && shape.Field != "" {
			return book, fmt.Errorf("%s is no notebook: its %s is %s in JSON", path, strings.ToLower(shape.Field),
				shape.Value)
		} else if shape != nil {
			return book, fmt.Errorf("%s is no notebook: it is %s in JSON", path, shape.Value)
		}
		return book, fmt.Errorf("%s is no notebook (%w)", path, err)
	}
	if file.Format == nil || file.Cells == nil && file.Worksheets == nil { // worksheets held the cells up to format 3
		return book, fmt.Errorf("%s is no notebook: it is JSON without cells or without the notebook's format", path)
	}
	for _, c := range file.Cells {
		book.cells = append(book.cells, notebookCell{code: c.Kind == "code", source: string(c.Source),
			tags: c.Metadata.Tags})
	}
	return book, nil
}

// textList is a text that a notebook keeps either whole or line by line.
type textList string

func (t *textList) UnmarshalJSON(text []byte) error {
	var list []string
	if json.Unmarshal(text, &list) == nil {
		*t = textList(strings.Join(list, ""))
		return nil
	}
	return json.Unmarshal(text, (*string)(t))
}

// stem is the path of what a notebook's run writes, without the ending.
func (o RunOptions) stem(notebook string) string {
	return filepath.Join(o.Out, strings.TrimSuffix(filepath.Base(notebook), ".ipynb"))
}

// CheckFiles says what is wrong with running the notebooks one after the other, before any of them runs: two that
// would write the same files, or a parameter that one of them does not have. A file that cannot be read is Run's to
// tell of.
func (o RunOptions) CheckFiles(notebooks []string) error {
	seen := map[string]string{}
	for _, path := range notebooks {
		if other, there := seen[o.stem(path)]; there {
			if other == path {
				return fmt.Errorf("%s is named twice", path)
			}
			return fmt.Errorf("%s and %s would both be written to %s.ipynb: run them into two folders, with --out",
				other, path, o.stem(path))
		}
		seen[o.stem(path)] = path
		if book, err := readNotebook(path); err == nil {
			if _, err := book.inject(o.Parameters); err != nil {
				return err
			}
		}
	}
	return nil
}
