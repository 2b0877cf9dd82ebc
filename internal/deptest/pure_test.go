package deptest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// impureImports are packages that bring in I/O, locks, chance or the log; what is below them is forbidden as well.
var impureImports = []string{"sync", "os", "net", "log", "math/rand", "crypto/rand", "syscall"}

// impureTime are the functions of package time that read the clock or wait for it.
var impureTime = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}

// impurities lists what in a source file a pure package must not have.
func impurities(file string, src any) ([]string, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []string
	add := func(at token.Pos, format string, args ...any) {
		found = append(found, fmt.Sprintf("%s: %s", set.Position(at), fmt.Sprintf(format, args...)))
	}
	clock := ""
	for _, imp := range f.Imports {
		path, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(impureImports, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") }) {
			add(imp.Pos(), "imports %s", path)
		}
		if path != "time" {
			continue
		}
		switch clock = "time"; {
		case imp.Name != nil && imp.Name.Name == ".":
			add(imp.Pos(), "imports time into its own scope")
		case imp.Name != nil:
			clock = imp.Name.Name
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			add(n.Pos(), "starts a goroutine")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && clock != "" && x.Name == clock && slices.Contains(impureTime, n.Sel.Name) {
				add(n.Pos(), "uses time.%s", n.Sel.Name)
			}
		}
		return true
	})
	return found, nil
}

// TestPureRooms: the packages marked pure have no I/O, no clock, no goroutine and no chance, whatever they are built for.
func TestPureRooms(t *testing.T) {
	pure := 0
	for path, r := range law {
		if !r.pure {
			continue
		}
		pure++
		files, err := filepath.Glob(filepath.Join("../..", strings.TrimPrefix(path, "offhook/"), "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files, path)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			src, err := os.ReadFile(file)
			require.NoError(t, err)
			found, err := impurities(file, src)
			require.NoError(t, err)
			require.Empty(t, found, "%s is pure (law 3)", path)
		}
	}
	require.GreaterOrEqual(t, pure, 3)
}

func TestImpuritiesAreFound(t *testing.T) {
	for src, want := range map[string]string{
		`import "sync/atomic"`:                                      "imports sync/atomic",
		`import l "log/slog"`:                                       "imports log/slog",
		`import "math/rand/v2"`:                                     "imports math/rand/v2",
		`import "os"`:                                               "imports os",
		`import "time"; var x = time.Now()`:                         "uses time.Now",
		`import clock "time"; var x = clock.Since`:                  "uses time.Since",
		`import . "time"; var x = Now()`:                            "imports time into its own scope",
		`func f() { go f() }`:                                       "starts a goroutine",
		`import "time"; type s struct{ time time.Duration }`:        "",
		`import "strings"; func f(s string) { strings.ToLower(s) }`: "",
	} {
		found, err := impurities("x.go", "package x; "+src)
		require.NoError(t, err, src)
		if want == "" {
			require.Empty(t, found, src)
			continue
		}
		require.Len(t, found, 1, src)
		require.Contains(t, found[0], want)
	}
}
