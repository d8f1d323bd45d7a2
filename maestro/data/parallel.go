package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/internal/permutation"
	"github.com/maestro-lod/notebook/maestro/text"
)

// Parallel is a text in two languages, sentence by sentence, in the publisher's three parts.
type Parallel struct {
	Name                    string
	Source, Target          string // the languages, such as "de" and "en"
	Train, Validation, Test []Pair

	// Dir is the folder that the files were read from, as an absolute path.
	Dir string

	// Checksum is the SHA-256, in hex, of the files as they are unpacked, one after another. It is the same in both
	// directions.
	Checksum string
}

// Pair is a sentence and its translation, neither of them empty.
type Pair struct{ Source, Target string }

// Turned is the same text in the other direction. It shares nothing with p.
func (p *Parallel) Turned() *Parallel {
	t := *p
	t.Source, t.Target = p.Target, p.Source
	for _, part := range []*[]Pair{&t.Train, &t.Validation, &t.Test} {
		*part = slices.Clone(*part)
		for i, pair := range *part {
			(*part)[i] = Pair{pair.Target, pair.Source}
		}
	}
	return &t
}

// Sentences are those of pairs in both languages, each pair's source before its target: what pieces are learnt from.
func Sentences(pairs []Pair) (all []string) {
	for _, pair := range pairs {
		all = append(all, pair.Source, pair.Target)
	}
	return all
}

// Within leaves out the pairs of which one sentence is longer than longest, as length counts it, and says how many they
// are.
func Within(pairs []Pair, longest int, length func(sentence string) int) (within []Pair, longer int) {
	for _, pair := range pairs {
		if length(pair.Source) > longest || length(pair.Target) > longest {
			longer++
			continue
		}
		within = append(within, pair)
	}
	return within, longer
}

// readParallel reads six files, training, validation, test, each in the first language and then in the second, and cuts
// them as o says.
func readParallel(ctx context.Context, files []member, o Options) (*Parallel, error) {
	p, sum := &Parallel{}, sha256.New()
	for i, part := range []*[]Pair{&p.Train, &p.Validation, &p.Test} {
		var sides [2][]string
		for side := range sides {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			f := files[2*i+side]
			content, err := readText(f)
			if err != nil {
				return nil, err
			}
			sum.Write(content)
			if sides[side], err = text.Lines(f.name, content); err != nil {
				return nil, err
			}
		}
		if a, b := len(sides[0]), len(sides[1]); a != b {
			return nil,
				fmt.Errorf("%s has %d lines, but %s has %d: each line is the other's translation, so get both again",
					files[2*i].name, a, files[2*i+1].name, b)
		}
		if *part = paired(sides); len(*part) == 0 {
			return nil, fmt.Errorf("%s and %s hold no sentences", files[2*i].name, files[2*i+1].name)
		}
		if empty := len(sides[0]) - len(*part); empty > 0 {
			o.warn(fmt.Sprintf("%s and %s: %d of %d pairs are left out, for a line of theirs is empty",
				files[2*i].name, files[2*i+1].name, empty, len(sides[0])))
		}
	}
	p.Checksum = hex.EncodeToString(sum.Sum(nil))
	return p, p.Cut(o)
}

// paired puts the lines of both sides together, but for those that are empty on one.
func paired(sides [2][]string) (pairs []Pair) {
	for i, source := range sides[0] {
		if target := sides[1][i]; strings.TrimSpace(source) != "" && strings.TrimSpace(target) != "" {
			pairs = append(pairs, Pair{source, target})
		}
	}
	return pairs
}

// Cut draws o.TrainExamples of the training pairs, and takes the first o.Validation of validation; 0 is all. Whoever
// leaves pairs out cuts after that, with these set to 0 before: so that a run's numbers mean the same pairs again.
func (p *Parallel) Cut(o Options) error {
	switch {
	case o.Validation < 0 || o.Validation > len(p.Validation):
		return fmt.Errorf("validation is %d: it must be at least 1 and at most %d, the validation pairs that there "+
			"are, or 0 for all of these",
			o.Validation, len(p.Validation))
	case o.TrainExamples < 0 || o.TrainExamples > len(p.Train):
		return fmt.Errorf("train_examples is %d: it must be at least 1 and at most %d, the training pairs that "+
			"there are, or 0 for all of these",
			o.TrainExamples, len(p.Train))
	}
	if o.Validation > 0 {
		p.Validation = p.Validation[:o.Validation]
	}
	if o.TrainExamples > 0 {
		drawn := permutation.Of(len(p.Train), o.Seed, drawStream)[:o.TrainExamples]
		slices.Sort(drawn)
		train := make([]Pair, len(drawn))
		for to, from := range drawn {
			train[to] = p.Train[from]
		}
		p.Train = train
	}
	return nil
}

// readText reads a file of text, gzipped or not, whatever its name says.
func readText(f member) ([]byte, error) {
	content, err := f.read()
	if err != nil {
		return nil, err
	}
	r, err := unpacked(bytes.NewReader(content))
	if err == nil {
		content, err = io.ReadAll(r)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return content, nil
}
