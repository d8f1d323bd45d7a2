package device

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMemoryEnviron: large pages are asked for beside what the user has set, and never against it.
func TestMemoryEnviron(t *testing.T) {
	for _, c := range []struct {
		env, want []string
		changed   bool
	}{
		{[]string{"A=1"}, []string{"A=1", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"}, true},
		{[]string{"GLIBC_TUNABLES=", "A=1"}, []string{"A=1", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"}, true},
		{[]string{"GLIBC_TUNABLES=glibc.malloc.check=1"},
			[]string{"GLIBC_TUNABLES=glibc.malloc.check=1:glibc.malloc.hugetlb=1"}, true},
		{[]string{"GLIBC_TUNABLES=x.y=1", "GLIBC_TUNABLES=x.z=1"},
			[]string{"GLIBC_TUNABLES=x.z=1:glibc.malloc.hugetlb=1"}, true},
		{[]string{"GLIBC_TUNABLES=glibc.malloc.hugetlb=0"}, []string{"GLIBC_TUNABLES=glibc.malloc.hugetlb=0"}, false},
	} {
		given := slices.Clone(c.env)
		env, changed := memoryEnviron(given)
		if diff := cmp.Diff(c.want, env); diff != "" || changed != c.changed {
			t.Errorf("%q: changed is %t, and (-want +got)\n%s", c.env, changed, diff)
		}
		if again, changed := memoryEnviron(env); changed || !slices.Equal(again, env) {
			t.Errorf("%q: done twice it gives %q, so a program would start anew for ever", c.env, again)
		}
		if !slices.Equal(given, c.env) {
			t.Errorf("%q was written over with %q", c.env, given)
		}
	}
}
