package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/maestro-lod/notebook/kernel"
)

type doctorCommand struct {
	JSON bool `name:"json" help:"Print JSON for a program to read."`
}

func (d *doctorCommand) Run(ctx context.Context, c console) error {
	checks := kernel.Examine(ctx, ".")
	bad := 0
	for _, check := range checks {
		if !check.OK && check.Needed {
			bad++
		}
	}
	if d.JSON {
		encoder := json.NewEncoder(c.out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(checks); err != nil {
			return err
		}
	} else {
		for _, check := range checks {
			mark := "ok"
			switch {
			case !check.OK && check.Needed:
				mark = "MISSING"
			case !check.OK:
				mark = "absent"
			}
			fmt.Fprintf(c.out, "%-8s %-20s %s\n", mark, check.Name, check.Found)
			if check.Mend != "" {
				fmt.Fprintf(c.out, "%-8s %-20s → %s\n", "", "", check.Mend)
			}
		}
	}
	if bad > 0 {
		return exitStatus(1)
	}
	return nil
}
