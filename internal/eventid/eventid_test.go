package eventid

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// constants are the names of the ids and their numbers, as this package's source has them.
func constants(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "eventid.go", nil, 0)
	require.NoError(t, err)
	all := map[string]string{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "ID" {
				all[v.Names[0].Name] = v.Values[0].(*ast.BasicLit).Value
			}
		}
	}
	require.NotEmpty(t, all)
	return all
}

// TestIDsAreDocumented: the table of the document and that of the program are the same.
func TestIDsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/operate/windows-service.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(doc), "## Events")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n## ")
	var listed, ours []string
	for _, row := range regexp.MustCompile(`(?m)^\| ([0-9, ]+) \|`).FindAllStringSubmatch(table, -1) {
		listed = append(listed, strings.Split(row[1], ", ")...)
	}
	for _, number := range constants(t) {
		ours = append(ours, number)
	}
	slices.Sort(listed)
	slices.Sort(ours)
	require.Equal(t, ours, listed)
}

// TestEveryIDIsLogged: each id hangs on a log call somewhere; one that does not is documented in vain.
func TestEveryIDIsLogged(t *testing.T) {
	var source strings.Builder
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".git") || d.Name() == "eventid"):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		b, err := os.ReadFile(name)
		source.Write(b)
		return err
	})
	require.NoError(t, err)
	for name := range constants(t) {
		require.Regexp(t, `\beventid\.`+name+`\b`, source.String())
	}
}

// TestShownInEveryLog: a handler that knows nothing of event ids shows the number.
func TestShownInEveryLog(t *testing.T) {
	var text, json bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Warn("the text", SessionDown.Attr())
	slog.New(slog.NewJSONHandler(&json, nil)).Warn("the text", SessionDown.Attr())
	require.Contains(t, text.String(), fmt.Sprint(" eventid=", 111))
	require.Contains(t, json.String(), `"eventid":111`)
	_, ok := Of(slog.Int(Key, 111))
	require.False(t, ok, "the type counts, not the key")
}
