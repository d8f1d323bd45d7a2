package nanjson_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/maestro-lod/notebook/maestro/nanjson"
)

// TestNumbersJSONHasNot: NaN and infinities anywhere in a value are null, which any reader of JSON takes, and come
// back as NaN; the rest is as encoding/json has it.
func TestNumbersJSONHasNot(t *testing.T) {
	type inner struct {
		Loss float64 `json:"loss"`
		N    int     `json:"n,omitempty"`
	}
	type outer struct {
		inner
		Name string
		Each []inner
		Row  [2]float64
	}
	v := outer{Name: "x", inner: inner{Loss: 1e-7, N: 2}, Each: []inner{{Loss: 3}}, Row: [2]float64{1, 2.5}}
	text, err := nanjson.Marshal(v)
	if want, _ := json.Marshal(v); err != nil || string(text) != string(want) {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	v.Loss, v.Each[0].Loss, v.Row[1] = math.NaN(), math.Inf(1), math.Inf(-1)
	text, err = nanjson.Marshal(v)
	var any map[string]any
	if e := json.Unmarshal(text, &any); err != nil || e != nil || any["loss"] != nil || any["Name"] != "x" {
		t.Fatalf("%s (%v, %v)", text, err, e)
	}
	var back outer
	if err := nanjson.Unmarshal(text, &back); err != nil || !math.IsNaN(back.Loss) || !math.IsNaN(back.Each[0].Loss) ||
		!math.IsNaN(back.Row[1]) {
		t.Errorf("%+v (%v) of %s", back, err, text)
	}
	back.Loss, back.Each[0].Loss, back.Row[1] = v.Loss, v.Each[0].Loss, v.Row[1]
	if back.Row[0] != 1 || back.N != 2 || !reflect.DeepEqual(back.Name, v.Name) {
		t.Errorf("%+v of %s", back, text)
	}
}
