package slurmtest

import "syscall"

// adopt makes this process the parent of every descendant whose own parent has ended.
func adopt() error {
	const subreaper = 36 // PR_SET_CHILD_SUBREAPER
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, subreaper, 1, 0); errno != 0 {
		return errno
	}
	return nil
}
