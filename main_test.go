package main

import (
	"testing"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestMain has notebooks' XLA programs compiled quickly.
func TestMain(m *testing.M) {
	testmode.QuickXLA()
	m.Run()
}
