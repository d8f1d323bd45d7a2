package sweep

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/runs"
)

func someStudy(t *testing.T) Study {
	return Study{Dir: filepath.Join(t.TempDir(), "study"), Version: studyVersion, Settings: runs.Defaults(),
		Axes: []string{"lambda_gl=0,log(1e-4..1e-2,3)"}, Seeds: []uint64{1, 2}}
}

// TestStudyFile: a study comes back as it was saved; more values and seeds are taken, and name all that is there as
// before; another fixed setting, a newer version and a damaged file are refused by name.
func TestStudyFile(t *testing.T) {
	s := someStudy(t)
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	before, err := s.Trials()
	if err != nil {
		t.Fatal(err)
	}
	more := s
	more.Axes, more.Seeds = []string{"lambda_gl=0.1,0,log(1e-4..1e-2,3)"}, []uint64{3, 1, 2}
	if err := more.Save(); err != nil {
		t.Fatal(err)
	}
	read, err := Read(s.Dir)
	if diff := cmp.Diff(more, read); diff != "" || err != nil {
		t.Errorf("study.yaml (-written +read, %v):\n%s", err, diff)
	}
	after, err := more.Trials()
	if err != nil {
		t.Fatal(err)
	}
	for _, was := range before {
		if !slices.ContainsFunc(after, func(now Trial) bool {
			return now.Dir == was.Dir &&
				now.Settings == was.Settings
		}) {
			t.Errorf("%s, seed %d is called otherwise", was.Point, was.Settings.Seed)
		}
	}
	refused := func(what string, err error, say string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", what, err, say)
		}
	}
	other := s
	other.Settings.Batch = 48
	refused("another batch", other.Save(), "whose optim.batch is 128, and this one's is 48")
	other = s
	other.PathEpochs = 2
	refused("a path", other.Save(), "this one's is 2")
	for text, say := range map[string]string{
		"version: 99\n":             "is of version 99, and this program reads 1 and older",
		"version: 1\nsetings: {}\n": "field setings not found",
		"version: [":                "ask for the study again by `maestro sweep run`",
	} {
		if err := os.WriteFile(s.file(), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Read(s.Dir)
		refused(text, err, say)
		refused(text, s.Save(), say)
	}
	_, err = Read(t.TempDir())
	refused("no study", err, "is no study: it has no study.yaml")
}

// TestDraw: points are drawn between the bounds, evenly on a logarithmic axis; more of them begin with the same.
func TestDraw(t *testing.T) {
	s := someStudy(t)
	s.Axes, s.Seeds, s.Random, s.RandomSeed = []string{"lambda_gl=log(1e-6..1e-2)", "batch=64,128"}, []uint64{1}, 400, 7
	many, err := s.Trials()
	if err != nil || len(many) != 400 {
		t.Fatalf("%d trials (%v)", len(many), err)
	}
	low, small := 0, 0
	for _, one := range many {
		if l := one.Settings.LambdaGL; l < 1e-6 || l > 1e-2 {
			t.Errorf("λ %g is out of bounds", l)
		} else if l < 1e-4 {
			low++
		}
		if one.Settings.Batch == 64 {
			small++
		}
	}
	if low < 150 || low > 250 || small < 150 || small > 250 { // five standard deviations of 400 tosses
		t.Errorf("%d of 400 are in the lower half, %d have the smaller batch", low, small)
	}
	s.Random = 30
	few, err := s.Trials()
	if err != nil || !slices.EqualFunc(few, many[:30], func(a, b Trial) bool { return a.Dir == b.Dir }) {
		t.Errorf("30 are no beginning of 400 (%v)", err)
	}
	s.Axes, s.Random = []string{"batch=64,128"}, 3
	if _, err := s.Trials(); err == nil || !strings.Contains(err.Error(), "no more than 2 different points") {
		t.Errorf("more than there are: %v", err)
	}
	s.Axes, s.Random = []string{"lambda_gl=log(1e-6..1e-2)"}, 0
	if _, err := s.Trials(); err == nil || !strings.Contains(err.Error(), "the range of lambda_gl has no count") {
		t.Errorf("a range without a count, for a grid: %v", err)
	}
}

// TestRecord: an attempt is seen while its process is there, is lost once that is not, and is then written down as
// such by the next who takes the trial; a torn record is named, set aside and begun anew.
func TestRecord(t *testing.T) {
	s := someStudy(t)
	trials, err := s.Trials()
	if err != nil {
		t.Fatal(err)
	}
	one := &trials[0]
	see := func(want State, reason string) {
		t.Helper()
		look := []Trial{*one}
		if err := LookAt(look); err != nil || look[0].State != want || !strings.Contains(look[0].Reason, reason) {
			t.Errorf("it is %s (%q), want %s (%v)", look[0].State, look[0].Reason, want, err)
		}
	}
	see(Missing, "")
	claim, err := Take(one, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claim.Begin("", ""); err != nil {
		t.Fatal(err)
	}
	see(Running, "")
	claim.record.Attempts[0].Birth++ // another process has the number now
	if err := one.writeRecord(claim.record); err != nil {
		t.Fatal(err)
	}
	see(Lost, "")
	claim.record.Attempts[0].Host = "elsewhere"
	if err := one.writeRecord(claim.record); err != nil {
		t.Fatal(err)
	}
	see(Running, "")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(one.folder(), ".lock"), old, old); err != nil {
		t.Fatal(err)
	}
	see(Lost, "")
	claim.Release()
	if claim, err = Take(one, nil); err != nil {
		t.Fatal(err)
	}
	if one.State != Lost || !(Retry{States: DefaultRetry()}).Due(*one) || (Retry{}).Due(*one) {
		t.Errorf("it is %s", one.State)
	}
	claim.Release()
	see(Lost, "its process ended without a word")
	if err := os.WriteFile(one.recordFile(), []byte(`{"version":1,"attem`), 0o644); err != nil {
		t.Fatal(err)
	}
	see(Missing, "cannot be read, and its run folder is asked in its place")
	if claim, err = Take(one, nil); err != nil {
		t.Fatal(err)
	}
	claim.Release()
	see(Missing, "")
	if !fileExists(one.recordFile() + ".damaged") {
		t.Error("the torn record is gone")
	}
	if err := os.WriteFile(one.recordFile(), []byte(`{"version":99}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := LookAt([]Trial{*one}); err == nil || !strings.Contains(err.Error(), "is of version 99") {
		t.Errorf("a newer version: %v", err)
	}
}

// TestHalvingMistakes: what cannot be a search is refused by name, before anything is trained.
func TestHalvingMistakes(t *testing.T) {
	for want, h := range map[string]Halving{
		"above 0":            {From: -1, MinAccuracy: 90},
		"needs one bound":    {From: 0.1},
		"least accuracy, or": {From: 0.1, MinAccuracy: 90, MaxDrop: 1},
		"from 0 to 100":      {From: 0.1, MinAccuracy: 101},
		"max_drop is -1":     {From: 0.1, MaxDrop: -1},
		"halvings is -2":     {From: 0.1, MinAccuracy: 90, Most: -2},
		"no axes":            {From: 0.1, MinAccuracy: 90, Most: 1},
	} {
		s := someStudy(t)
		s.Halving = &h
		if want != "no axes" {
			s.Axes = nil
		}
		if err := s.Save(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error that says %q", h, err, want)
		}
	}
}
