package kernel

import (
	_ "embed"
	"os"
	"path/filepath"
)

const serverConfigFile = "jupyter_server_config.py"

//go:embed server.py
var serverConfig []byte

// writeServerConfig puts our configuration of the Jupyter server where JUPYTER_CONFIG_PATH leads it to; the user's own
// still wins.
func writeServerConfig(l layout) error {
	if err := os.MkdirAll(l.jupyterConfig(), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.jupyterConfig(), serverConfigFile), serverConfig, 0o644)
}
