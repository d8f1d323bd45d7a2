//go:build !linux

package slurmtest

import "errors"

func adopt() error { return errors.New("Slurm is started on Linux alone") }
