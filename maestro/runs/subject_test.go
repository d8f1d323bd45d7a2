package runs

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestOtherSubject: every setting either makes another network or other data, from which no run goes on, or does not;
// one that is added must be put into this table.
func TestOtherSubject(t *testing.T) {
	other := []string{"seed", "model", "width", "data", "train_examples", "validation", "heads", "layers", "feed_forward",
		"pre_norm", "pieces", "length"}
	same := []string{"dropout", "smoothing", "buckets", "whole_first", "whole_last", "start", "precision", "augment", "epochs", "batch", "optimizer", "lr",
		"schedule",
		"warmup", "momentum", "weight_decay", "adam_beta_1", "adam_beta_2", "adam_epsilon", "frobenius_decay",
		"norm_examples", "sampler", "full_pass", "lambda_gl", "lasso", "eps_ps",
		"shrink_at_end", "recompile_steps"}
	was := Defaults()
	for i, f := range was.Fields() {
		s := was
		switch v := s.Fields()[i].Value; v.Kind() {
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Int:
			v.SetInt(v.Int() + 1)
		case reflect.Uint64:
			v.SetUint(v.Uint() + 1)
		case reflect.Float64:
			v.SetFloat(v.Float() + 1)
		case reflect.String:
			v.SetString(v.String() + "x")
		default:
			t.Fatalf("%s is a %s, which this test cannot change", f.Name, v.Kind())
		}
		names := s.OtherSubject(was)
		switch {
		case slices.Contains(other, f.Name):
			if len(names) != 1 || !strings.HasPrefix(names[0], f.Name+" (") {
				t.Errorf("%s: it makes another subject by %q", f.Name, names)
			}
		case !slices.Contains(same, f.Name):
			t.Errorf("%s is a new setting: can a run go on from one that has another?", f.Name)
		case len(names) > 0:
			t.Errorf("%s: it makes another subject by %q, and must not", f.Name, names)
		}
	}
}
