package text

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
)

// stored is a vocabulary as a file has it. Merges are of ids, as Pieces counts them.
type stored struct {
	Format     string     `json:"format"`
	Characters string     `json:"characters"` // rising
	Merges     [][2]int32 `json:"merges"`     // in their order
}

// format names the form of the file and its version.
const format = "maestro pieces 1"

// Save writes the vocabulary into a file, JSON of a few bytes a piece.
func (p *Pieces) Save(path string) error { return atomicfile.Create(path, p.Write) }

// Write writes what Save does.
func (p *Pieces) Write(w io.Writer) error {
	s := stored{Format: format, Characters: string(p.characters), Merges: [][2]int32{}}
	for _, m := range p.merges {
		s.Merges = append(s.Merges, [2]int32{m.left, m.right})
	}
	return json.NewEncoder(w).Encode(s)
}

// Load reads a file that Save wrote. Its errors are one line that names the file.
func Load(path string) (*Pieces, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; learn the pieces again", path, err)
	}
	return p, nil
}

// Read reads what Write wrote.
func Read(r io.Reader) (*Pieces, error) {
	var s stored
	if err := json.NewDecoder(r).Decode(&s); err != nil {
		return nil, fmt.Errorf("no file of pieces: %w", err)
	}
	if s.Format != format {
		return nil, fmt.Errorf("its format is %q, and this program reads %q", s.Format, format)
	}
	characters := []rune(s.Characters)
	for i, c := range characters {
		if i > 0 && c <= characters[i-1] {
			return nil, fmt.Errorf("its characters are not in order at %q", c)
		}
	}
	if !slices.Contains(characters, ' ') {
		return nil, fmt.Errorf("its characters lack the space")
	}
	p := newPieces(characters)
	made := p.byText()
	for i, m := range s.Merges {
		for _, id := range m {
			if id < specials || int(id) >= p.Size() {
				return nil, fmt.Errorf("merge %d is of piece %d, which is not there before it", i+1, id)
			}
		}
		of := pair{m[0], m[1]}
		if _, twice := p.ranks[of]; twice {
			return nil, fmt.Errorf("merge %d is there twice", i+1)
		}
		p.merge(of, made)
	}
	return p, nil
}
