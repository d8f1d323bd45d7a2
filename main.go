// Maestro is a research notebook for trainable low-rank networks: JupyterLab with a Go kernel, and the same studies
// from the command line.
package main

import "github.com/maestro-lod/notebook/maestro/cli"

func main() { cli.Main() }
