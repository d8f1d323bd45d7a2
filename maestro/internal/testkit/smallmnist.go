package testkit

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// SmallMNIST writes a set in MNIST's form that is quick to learn: ten classes, each a bright square at a place of its
// own, in noise. It returns the folder.
func SmallMNIST(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, part := range []struct {
		name string
		n    int
	}{{"train", 660}, {"t10k", 200}} { // in this order: the same files each time
		name, n := part.name, part.n
		images, labels := make([]byte, n*784), make([]byte, n)
		for i := range n {
			labels[i] = byte(rng.IntN(10))
			image := images[i*784 : (i+1)*784]
			for j := range image {
				image[j] = byte(rng.IntN(80))
			}
			row, column := 4+12*(int(labels[i])/5), 1+5*(int(labels[i])%5)
			for y := range 6 {
				for x := range 5 {
					image[(row+y)*28+column+x] = 255
				}
			}
		}
		writeIdx(t, filepath.Join(dir, name+"-images-idx3-ubyte.gz"), images, n, 28, 28)
		writeIdx(t, filepath.Join(dir, name+"-labels-idx1-ubyte.gz"), labels, n)
	}
	return dir
}

func writeIdx(t testing.TB, path string, content []byte, dims ...int) {
	t.Helper()
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	header := []uint32{uint32(0x800 + len(dims))}
	for _, d := range dims {
		header = append(header, uint32(d))
	}
	_ = binary.Write(z, binary.BigEndian, header)
	_, _ = z.Write(content)
	_ = z.Close()
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
