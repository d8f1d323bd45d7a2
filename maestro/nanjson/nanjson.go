// Package nanjson is JSON in which a number that JSON does not have, NaN or an infinity, is null: a measurement may
// be one, and its file is to be written and read all the same.
package nanjson

import (
	"io"
	"math"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Write writes a value and ends the line.
func Write(w io.Writer, v any) error {
	text, err := Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// Marshal is a value as JSON, its omitempty as encoding/json has it.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(v, jsonv1.OmitEmptyWithLegacySemantics(true),
		json.WithMarshalers(json.MarshalToFunc(func(out *jsontext.Encoder, x float64) error {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return out.WriteToken(jsontext.Null)
			}
			return json.SkipFunc
		})))
}

// Unmarshal reads a value; a float64 of which it says null is NaN.
func Unmarshal(text []byte, v any) error {
	return json.Unmarshal(text, v,
		json.WithUnmarshalers(json.UnmarshalFromFunc(func(in *jsontext.Decoder, x *float64) error {
			if in.PeekKind() != 'n' {
				return json.SkipFunc
			}
			*x = math.NaN()
			_, err := in.ReadToken()
			return err
		})))
}
