package doctest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// root is the tree that the tests look at.
const root = "../.."

// text is one text file of the tree, its path relative to the root with slashes.
type text struct{ path, body string }

// texts reads every text file of the tree. What a build leaves behind and what the version control keeps is left out.
func texts(t *testing.T) (all []text) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		switch {
		case err != nil:
			return err
		case d.IsDir() && (rel == ".git" || rel == "bin"):
			return filepath.SkipDir
		case !d.Type().IsRegular() || slices.Contains([]string{".png", ".gz", ".exe", ".dll"}, filepath.Ext(rel)):
			return nil
		}
		b, err := os.ReadFile(path)
		if err == nil && utf8.Valid(b) && !bytes.Contains(b, []byte{0}) {
			all = append(all, text{rel, strings.ReplaceAll(string(b), "\r\n", "\n")})
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(all), 500, "the tree is not there")
	return all
}

// pages are the documents: every *.md of the tree.
func pages(t *testing.T) (all []text) {
	for _, f := range texts(t) {
		if strings.HasSuffix(f.path, ".md") {
			all = append(all, f)
		}
	}
	return all
}

var (
	fenced = regexp.MustCompile("(?ms)^```.*?^```$")
	coded  = regexp.MustCompile("`[^`\n]+`")
	heads  = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
)

// headings gives a page's headings as written.
func headings(body string) (all []string) {
	for _, m := range heads.FindAllStringSubmatch(fenced.ReplaceAllString(body, ""), -1) {
		all = append(all, m[1])
	}
	return all
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchors gives the names by which a page's headings are linked, made as GitHub makes them.
func anchors(body string) map[string]bool {
	all := map[string]bool{}
	for _, h := range headings(body) {
		all[strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(h), ""), " ", "-")] = true
	}
	return all
}

// exists says whether a path of the tree, perhaps with a wildcard, names something.
func exists(t *testing.T, path string) bool {
	found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(path)))
	require.NoError(t, err, path)
	return len(found) > 0
}
