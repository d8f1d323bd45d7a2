package runs

import (
	"crypto/sha256"
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// flat are the settings in the order and under the keys that config.yaml had before it had a version, without
// sections. Fingerprints are still those of this text, so a setting that is added stands here too, with omitempty
// and a zero that stands for what was before it: else no older run opens again.
type flat struct {
	Model          string  `yaml:"model"`
	Width          int     `yaml:"width,omitempty"`
	WholeFirst     int     `yaml:"whole_first,omitempty"`
	WholeLast      int     `yaml:"whole_last,omitempty"`
	Data           string  `yaml:"data"`
	TrainExamples  int     `yaml:"train_examples,omitempty"`
	Augment        string  `yaml:"augment,omitempty"`
	Epochs         int     `yaml:"epochs"`
	Batch          int     `yaml:"batch"`
	Optimizer      string  `yaml:"optimizer"`
	LR             float64 `yaml:"lr"`
	Schedule       string  `yaml:"schedule"`
	Warmup         int     `yaml:"warmup,omitempty"`
	Momentum       float64 `yaml:"momentum"`
	WeightDecay    float64 `yaml:"weight_decay"`
	AdamBeta1      float64 `yaml:"adam_beta_1,omitempty"`
	AdamBeta2      float64 `yaml:"adam_beta_2,omitempty"`
	AdamEpsilon    float64 `yaml:"adam_epsilon,omitempty"`
	LambdaGL       float64 `yaml:"lambda_gl"`
	Lasso          string  `yaml:"lasso"`
	FrobeniusDecay float64 `yaml:"frobenius_decay,omitempty"`
	EpsPS          float64 `yaml:"eps_ps"`
	ShrinkAtEnd    bool    `yaml:"shrink_at_end,omitempty"`
	Sampler        string  `yaml:"sampler"`
	FullPass       bool    `yaml:"full_pass"`
	Start          string  `yaml:"start"`
	Seed           uint64  `yaml:"seed"`
	Validation     int     `yaml:"validation"`
	NormExamples   int     `yaml:"norm_examples,omitempty"`
	RecompileSteps int     `yaml:"recompile_steps"`
	Precision      string  `yaml:"precision,omitempty"`
	Heads          int     `yaml:"heads,omitempty"`
	Layers         int     `yaml:"layers,omitempty"`
	FeedForward    int     `yaml:"feed_forward,omitempty"`
	Dropout        float64 `yaml:"dropout,omitempty"`
	PreNorm        bool    `yaml:"pre_norm,omitempty"`
	Smoothing      float64 `yaml:"smoothing,omitempty"`
	Pieces         int     `yaml:"pieces,omitempty"`
	Length         int     `yaml:"length,omitempty"`
	Buckets        int     `yaml:"buckets,omitempty"`
}

// pairs calls do with each field of f and the one of the same name in s.
func (f *flat) pairs(s *Settings, do func(flat, section reflect.Value)) {
	fields, sections := reflect.ValueOf(f).Elem(), reflect.ValueOf(s).Elem()
	for i, index := range flatLayout {
		do(fields.Field(i), sections.FieldByIndex(index))
	}
}

// flatLayout is where the fields of flat are in Settings, which does not change.
var flatLayout = func() (all [][]int) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[flat]()) {
		section, _ := reflect.TypeFor[Settings]().FieldByName(f.Name)
		all = append(all, section.Index)
	}
	return all
}()

func (f flat) settings() (s Settings) {
	f.pairs(&s, func(flat, section reflect.Value) { section.Set(flat) })
	return s
}

func flatten(s Settings) (f flat) {
	f.pairs(&s, func(flat, section reflect.Value) { flat.Set(section) })
	return f
}

// Fingerprint tells whether settings are the ones a checkpoint was made with.
func (s Settings) Fingerprint() (string, error) {
	text, err := yaml.Marshal(flatten(s))
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}
