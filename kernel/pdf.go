package kernel

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// printPDF prints a page that loads nothing from elsewhere, as Run writes them, with a Chromium that nobody sees.
func printPDF(ctx context.Context, chromium, page, pdf string) error {
	page, err := filepath.Abs(page)
	if err != nil {
		return err
	}
	profile, err := os.MkdirTemp("", "maestro-print-") // of its own: the user's may be in use by an open browser
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	args := []string{"--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update",
		"--user-data-dir=" + profile, "--no-pdf-header-footer", "--print-to-pdf=" + pdf}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // without which it refuses to run for root
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(page)}
	cmd := exec.CommandContext(ctx, chromium, append(args, address.String())...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted")
	}
	if info, statErr := os.Stat(pdf); err == nil && statErr == nil && info.Size() > 0 {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("no file was written")
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return fmt.Errorf("printing %s with %s: %w: %s", pdf, chromium, err, lines[len(lines)-1])
}
