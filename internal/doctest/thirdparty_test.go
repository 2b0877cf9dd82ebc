package doctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// read gives a file of the tree.
func read(t *testing.T, path string) string {
	b, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// TestThirdPartyIsNamed: THIRD-PARTY.md names the modules that are linked into the program, on Linux or Windows, and no others.
func TestThirdPartyIsNamed(t *testing.T) {
	linked := map[string]bool{}
	for _, system := range []string{"linux", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/offhook")
		cmd.Dir, cmd.Env = root, append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := cmd.Output()
		require.NoError(t, err)
		for _, path := range strings.Fields(string(out)) {
			linked[path] = true
		}
	}
	require.Greater(t, len(linked), 10)
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\w").FindAllStringSubmatch(read(t, "THIRD-PARTY.md"), -1) {
		named[m[1]] = true
	}
	require.Equal(t, linked, named)
}

// TestInstallerShowsTheLicence: the text of the installer's licence page holds LICENSE, whatever the line breaks.
func TestInstallerShowsTheLicence(t *testing.T) {
	words := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	require.Contains(t, words(read(t, "installer/licence.txt")), words(read(t, "LICENSE")))
}
