package runs

import (
	"fmt"
	"regexp"
	"strconv"
)

// From is where a run that went on from another's weights has them from; zero for one that drew its own.
type From struct {
	Run   string `yaml:"run"`            // the name of the other's folder
	Epoch int    `yaml:"epoch"`          // that the other had reached
	Note  string `yaml:"note,omitempty"` // how the weights were changed
	// Weights is the SHA-256 of the trainable weights as they were copied; "" in runs of older versions.
	Weights string `yaml:"weights,omitempty"`
}

// At is the run and the epoch in words.
func (f From) At() string { return fmt.Sprintf("%s at epoch %d", f.Run, f.Epoch) }

// String is At with the note; "" where there is no other run.
func (f From) String() string {
	switch {
	case f == From{}:
		return ""
	case f.Note == "":
		return f.At()
	}
	return f.At() + ": " + f.Note
}

var provenance = regexp.MustCompile(`^(.+?) at epoch (\d+)(?:: (.*))?$`)

// parseFrom reads From's String, which config.yaml had before it had a version.
func parseFrom(text, weights string) (From, error) {
	if text == "" {
		return From{}, nil
	}
	m := provenance.FindStringSubmatch(text)
	if m == nil {
		return From{}, fmt.Errorf("from is %q: it must be another run's name, \"at epoch\" and a number", text)
	}
	epoch, err := strconv.Atoi(m[2])
	return From{Run: m[1], Epoch: epoch, Note: m[3], Weights: weights}, err
}
