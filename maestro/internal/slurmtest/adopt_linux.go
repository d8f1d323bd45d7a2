package slurmtest

import "golang.org/x/sys/unix"

// adopt makes this process the parent of every descendant whose own parent has ended.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }
