package winetest

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// parallelTests is how many tests of this package run at a time, for any number of processors: they mostly wait.
const parallelTests = "12"

// shared is what the tests with a provider share: one directory with one prefix and one daemon program. No test writes to the prefix.
var shared struct {
	dir             string
	prefix, program sync.Once
	prefixErr       error
	programErr      error
}

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", parallelTests)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if shared.dir, err = os.MkdirTemp("", "offhook-wine-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(shared.dir)
	b := winePrefix{prefix: filepath.Join(shared.dir, "prefix")}
	defer func() {
		if _, err := os.Stat(b.prefix); err == nil {
			end := exec.Command("wineserver", "-k")
			end.Env = b.env()
			_ = end.Run()
		}
	}()
	return m.Run()
}

// sharedPrefix gives the prefix of the tests that do not write to it.
func sharedPrefix(t *testing.T) *winePrefix {
	t.Helper()
	b := &winePrefix{t: t, prefix: filepath.Join(shared.dir, "prefix"), dir: t.TempDir()}
	shared.prefix.Do(func() { shared.prefixErr = b.create() })
	b.skipOrRequire(shared.prefixErr)
	return b
}

// daemonProgram builds the daemon for this system once.
func daemonProgram(t *testing.T) string {
	t.Helper()
	file := filepath.Join(shared.dir, "offhook")
	var out []byte
	shared.program.Do(func() {
		out, shared.programErr = exec.Command("go", "build", "-o", file, "../../cmd/offhook").CombinedOutput()
	})
	require.NoError(t, shared.programErr, "%s", out)
	return file
}
