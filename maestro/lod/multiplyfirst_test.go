package lod

import "testing"

// TestMultiplyFirst: the choice follows the count of multiply-adds, which is put down here for LeNet's layers.
func TestMultiplyFirst(t *testing.T) {
	for _, c := range []struct {
		name                                string
		applications, outputs, inputs, rank int
		want                                bool
	}{
		// 73,728 positions × (6·31 − 6·25) are more than making the product, 6·6·25.
		{"first convolution", 128 * 576, 6, 25, 6, true},
		{"it at rank 1: 31 in place of 150", 128 * 576, 6, 25, 1, false},
		// 128 × (120·376 − 120·256) are 1.8 million, the product takes 3.7.
		{"first dense layer", 128, 120, 256, 120, false},
		{"it in a batch of 512", 512, 120, 256, 120, true},
		{"one example", 1, 6, 25, 6, false},
	} {
		if got := multiplyFirst(c.applications, c.outputs, c.inputs, c.rank, 0); got != c.want {
			t.Errorf("%s: multiplyFirst is %v, want %v", c.name, got, c.want)
		}
	}
}
