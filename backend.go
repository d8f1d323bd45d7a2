package main

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/device"
)

// openBackend starts the backend that computes, installing it first where it is missing, and warns of a slow one.
func openBackend(ctx context.Context, c console, t *terminal) (compute.Backend, error) {
	choice, err := device.Ensure(ctx, t.report)
	if err != nil {
		return nil, err
	}
	t.clear()
	if choice.Slow != "" {
		fmt.Fprintln(c.err, "warning:", choice.Slow)
	}
	return device.OpenChoice(choice)
}
