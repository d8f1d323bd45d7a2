package slurmtest

import (
	"testing"
	"time"
)

func TestUp(t *testing.T) {
	begin := time.Now()
	c := Start(t, Options{})
	t.Log(time.Since(begin))
	t.Log(c.Command("squeue"), c.Command("sinfo"))
	c.Command("sbatch", "--output=/dev/null", "--wrap=sleep 60 & sleep 50")
	time.Sleep(time.Second)
	begin = time.Now()
	c.end()
	t.Log(time.Since(begin))
}
