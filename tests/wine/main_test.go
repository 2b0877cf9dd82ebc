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

// atOnce is how many tests of this package run at a time, whatever the number of processors: most of what they do is wait.
const atOnce = "12"

// shared is what the tests with a provider have in common: one directory with one prefix and one daemon. None of them writes
// into the prefix.
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
		_ = flag.Set("test.parallel", atOnce)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if shared.dir, err = os.MkdirTemp("", "offhook-wine-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(shared.dir)
	b := bottle{prefix: filepath.Join(shared.dir, "prefix")}
	defer func() {
		if _, err := os.Stat(b.prefix); err == nil {
			end := exec.Command("wineserver", "-k")
			end.Env = b.env()
			_ = end.Run()
		}
	}()
	return m.Run()
}

// commonBottle is the prefix that tests share which do not write into it.
func commonBottle(t *testing.T) *bottle {
	t.Helper()
	b := &bottle{t: t, prefix: filepath.Join(shared.dir, "prefix"), dir: t.TempDir()}
	shared.prefix.Do(func() { shared.prefixErr = b.make() })
	b.need(shared.prefixErr)
	return b
}

// daemonProgram is the daemon for this system, built once.
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
