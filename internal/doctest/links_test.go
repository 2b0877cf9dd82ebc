package doctest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var link = regexp.MustCompile(`\]\(([^)\s]+)(?:\s+"[^"]*")?\)`)

// TestLinksResolve: each relative link of a document leads to a file, and each anchor to a heading.
func TestLinksResolve(t *testing.T) {
	count := 0
	for _, p := range pages(t) {
		body := coded.ReplaceAllString(fenced.ReplaceAllString(p.body, ""), "")
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			count++
			file, anchor, _ := strings.Cut(m[1], "#")
			target := p.path
			if file != "" {
				target = path.Join(path.Dir(p.path), file)
			}
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(target)))
			if err != nil {
				info, err := os.Stat(filepath.Join(root, filepath.FromSlash(target)))
				require.True(t, err == nil && info.IsDir(), "%s links to %s: there is no such file", p.path, m[1])
			}
			if anchor != "" {
				require.True(t, anchors(string(b))[anchor], "%s links to %s: there is no such heading", p.path, m[1])
			}
		}
	}
	require.Greater(t, count, 100)
}

// treePath is a path of the tree as documents write it in code marks: a folder that stands at the top, then more.
var treePath = regexp.MustCompile("^`((?:adapters|cmd|docs|engine|events|fixtures|installer|internal|replay|tests)/[\\w./*-]*)`$")

// TestPathsExist: a path that a document names is there. CHANGELOG.md tells of former times, too.
func TestPathsExist(t *testing.T) {
	for _, p := range pages(t) {
		if p.path == "CHANGELOG.md" {
			continue
		}
		for _, name := range coded.FindAllString(fenced.ReplaceAllString(p.body, ""), -1) {
			if m := treePath.FindStringSubmatch(name); m != nil {
				require.True(t, exists(t, m[1]), "%s names %s: it is not there", p.path, m[1])
			}
		}
	}
}

// docPath is a document that code, comments or build files name.
var docPath = regexp.MustCompile(`\bdocs/[\w./-]*\.md\b`)

// TestNamedDocumentsExist: a document that anything but a document names is there.
func TestNamedDocumentsExist(t *testing.T) {
	for _, f := range texts(t) {
		if !strings.HasSuffix(f.path, ".md") && !strings.HasPrefix(f.path, "internal/doctest/") {
			for _, name := range docPath.FindAllString(f.body, -1) {
				require.True(t, exists(t, name), "%s names %s: it is not there", f.path, name)
			}
		}
	}
}

// TestIndexNamesEveryPage: docs/README.md links each page below docs, a record of decisions by way of their own index.
func TestIndexNamesEveryPage(t *testing.T) {
	linked := map[string]bool{"docs/README.md": true}
	for _, index := range []string{"docs/README.md", recordsPath + "README.md"} {
		for _, m := range link.FindAllStringSubmatch(read(t, index), -1) {
			linked[path.Join(path.Dir(index), m[1])] = true
		}
	}
	for _, p := range pages(t) {
		if strings.HasPrefix(p.path, "docs/") {
			require.True(t, linked[p.path], "the index has no line for %s", p.path)
		}
	}
	require.Contains(t, read(t, "README.md"), "(docs/README.md)")
}
