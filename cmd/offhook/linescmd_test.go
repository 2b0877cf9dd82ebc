package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// userList is what tsecimp.exe reads.
type userList struct {
	XMLName xml.Name `xml:"UserList"`
	User    []struct {
		NoMerge      string `xml:"NoMerge,attr"`
		DomainUser   string
		FriendlyName string
		LineList     struct {
			Line []struct{ PermanentID, Address string }
		}
	}
}

func parsedList(t *testing.T, text string) (l userList) {
	t.Helper()
	require.NoError(t, xml.Unmarshal([]byte(text), &l))
	require.Equal(t, -1, strings.IndexFunc(text, func(r rune) bool { return r > 0x7e }), "ASCII alone")
	return l
}

// TestLinesOfARunningDaemon: as a table, as JSON, and as the import file of a terminal server.
func TestLinesOfARunningDaemon(t *testing.T) {
	t.Parallel()
	h := newDaemonRig(t)
	lines := func(args ...string) (int, string, string) {
		t.Helper()
		return call("", append([]string{"lines", "--data-dir", h.dir}, args...)...)
	}
	code, out, errs := lines()
	require.Zero(t, code, errs)
	require.Regexp(t, `(?m)^LINE +EXTENSION +NAME +SELECTED +IN SERVICE +PERMANENT ID$`, out)
	require.Regexp(t, `(?m)^ilund +41 +\S.* +yes +yes +\d+$`, out)
	code, out, errs = lines("--json")
	require.Zero(t, code, errs)
	ids := map[string]uint32{}
	for l := range strings.Lines(out) {
		var x shownLine
		require.NoError(t, json.Unmarshal([]byte(l), &x))
		require.True(t, x.Selected)
		ids[x.Line] = x.Permanent
	}
	require.Len(t, ids, len(secretOffice().Users))

	code, out, errs = lines("--tsecimp", "--domain", "CORP")
	require.Zero(t, code, errs)
	list := parsedList(t, out)
	require.Len(t, list.User, len(ids))
	for i, u := range list.User {
		require.Equal(t, "1", u.NoMerge)
		if i > 0 {
			require.Less(t, strings.ToLower(list.User[i-1].DomainUser), strings.ToLower(u.DomainUser), "sorted")
		}
		require.Len(t, u.LineList.Line, 1)
	}
	dir := t.TempDir()
	mapped := filepath.Join(dir, "map.txt")
	require.NoError(t, os.WriteFile(mapped, []byte("\uFEFF# Windows users\r\nilund=CORP\\ida\r\nILUND = CORP\\boss\r\nkpark=CORP\\boss\r\n"), 0o600))
	code, out, errs = lines("--tsecimp", "--map", mapped, "--merge")
	require.Zero(t, code, errs)
	list = parsedList(t, out)
	require.Len(t, list.User, 2)
	require.Equal(t, `CORP\boss`, list.User[0].DomainUser)
	require.Len(t, list.User[0].LineList.Line, 2)
	require.Equal(t, `CORP\ida`, list.User[1].DomainUser)
	require.Empty(t, list.User[1].NoMerge)
	require.Contains(t, errs, "line sabe has no Windows user")
	file := filepath.Join(dir, "lines.xml")
	code, out, errs = lines("--tsecimp", "--map", mapped, "--domain", "CORP", "--by", "address", "--out", file)
	require.Zero(t, code, errs)
	require.Empty(t, out+errs)
	require.Contains(t, contentOf(t, file), "<Address>41</Address>")
	code, _, errs = lines("--out", file)
	require.Equal(t, 1, code, "a file that is there stays")
	require.Contains(t, errs, "exists")
	require.NoError(t, os.WriteFile(mapped, []byte("nobody=CORP\\x\n"), 0o600))
	code, out, errs = lines("--tsecimp", "--map", mapped)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "map.txt: line 1: nobody is no line here")
	require.Empty(t, out)

	require.NoError(t, h.down())
	code, _, errs = lines()
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no daemon runs")
}

// TestSelectedAndNot: a supervisor sees who could be a line.
func TestSelectedAndNot(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t, "users: [kpark]")
	require.NoError(t, os.WriteFile(d.file("password"), []byte(secret+"\n"), 0o600))
	begin(t, nil, "run", "--data-dir", d.dir, "--user", "switch@"+d.pbx.Domain())
	var out, errs string
	require.True(t, waitFor(func() bool {
		_, out, errs = call("", "lines", "--data-dir", d.dir)
		return regexp.MustCompile(`(?mi)^kpark +\d+ +\S.* +yes +yes +\d+$`).MatchString(out) && strings.Contains(out, "ilund")
	}), "%s%s", out, errs)
	require.Regexp(t, `(?m)^ilund +41 +\S.* +no +$`, out)
}

// TestImportFlags: flags that need each other, or exclude each other.
func TestImportFlags(t *testing.T) {
	for _, args := range [][]string{{"--tsecimp"}, {"--domain", "C"}, {"--merge"}, {"--tsecimp", "--json"}, {"--tsecimp", "--domain", `a\b`}, {"--tsecimp", "--by", "x"}} {
		code, _, errs := call("", append([]string{"lines", "--data-dir", t.TempDir()}, args...)...)
		require.Equal(t, 2, code, "%v %s", args, errs)
	}
}
