package main

import (
	"bytes"
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
	h := newHouse(t)
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
	d := newDesk(t, "users: [kpark]")
	require.NoError(t, os.WriteFile(d.file("password"), []byte(secret+"\n"), 0o600))
	begin(t, nil, "run", "--data-dir", d.dir, "--user", "switch@"+d.pbx.Domain())
	var out, errs string
	require.True(t, waitFor(func() bool {
		_, out, errs = call("", "lines", "--data-dir", d.dir)
		return regexp.MustCompile(`(?mi)^kpark +\d+ +\S.* +yes +yes +\d+$`).MatchString(out) && strings.Contains(out, "ilund")
	}), "%s%s", out, errs)
	require.Regexp(t, `(?m)^ilund +41 +\S.* +no +$`, out)
}

// TestLinesInPages: an answer that does not fit goes on.
func TestLinesInPages(t *testing.T) {
	all := make([]string, 5000)
	for i := range all {
		all[i] = fields(strings.Repeat("u", 20)+string(rune('a'+i%26))+strings.Repeat("x", i/26), "1", "Name", "1", "in")
	}
	var got []string
	for after := ""; ; {
		v := linesPage(all, after)
		got = append(got, v.All("line")...)
		if after = v.Get("next"); after == "" {
			break
		}
	}
	require.Equal(t, all, got)
}

// TestMappingFiles: each fault is told with its line.
func TestMappingFiles(t *testing.T) {
	for text, says := range map[string]string{
		"a":                                 `line 1: "a" is not LOGIN=DOMAIN\user`,
		"# c\n\n=C\\a":                      "line 3: ",
		"a=user":                            `line 1: "user" is no Windows account`,
		"a=\\user":                          "no Windows account",
		"a=C\\":                             "no Windows account",
		"a=C\\u\\v":                         "no Windows account",
		"a=C\\u\na=c\\U":                    "line 2: a=c\\U stands there twice",
		"a=C\\u<":                           "a character that no Windows account has",
		"a=C\\u\x01v":                       "a character that no Windows account has",
		"a=C\\" + strings.Repeat("u", 300):  "too long",
		"a=C\\\xff":                         "line 1: not UTF-8",
		"a=" + strings.Repeat("b", 100<<10): "token too long",
	} {
		m := &userMap{given: map[string][]mapped{}}
		require.ErrorContains(t, m.read(strings.NewReader(text)), says, text)
	}
	for _, args := range [][]string{{"--tsecimp"}, {"--domain", "C"}, {"--merge"}, {"--tsecimp", "--json"}, {"--tsecimp", "--domain", `a\b`}, {"--tsecimp", "--by", "x"}} {
		code, _, errs := call("", append([]string{"lines", "--data-dir", t.TempDir()}, args...)...)
		require.Equal(t, 2, code, "%v %s", args, errs)
	}
}

// TestImportFile is the file byte by byte, with what has to be escaped.
func TestImportFile(t *testing.T) {
	c := &linesCmd{}
	m := &userMap{file: "m", given: map[string][]mapped{"a": {{`CORP\R&D`, 1}}}, usual: "CORP"}
	var out, notes bytes.Buffer
	all := []shownLine{{Line: "b@branch", Extension: "42", Name: "Jörg <\"Jo\"> \U0001F600\x01", Permanent: 2}, {Line: "a", Extension: "41", Permanent: 1}}
	require.NoError(t, c.tsecimp(&out, &notes, all, m))
	require.Equal(t, strings.ReplaceAll(`<?xml version="1.0"?>
<UserList>
  <User NoMerge="1">
    <DomainUser>CORP\b</DomainUser>
    <FriendlyName>J&#246;rg &lt;&quot;Jo&quot;&gt; &#128512;?</FriendlyName>
    <LineList>
      <Line>
        <PermanentID>2</PermanentID>
      </Line>
    </LineList>
  </User>
  <User NoMerge="1">
    <DomainUser>CORP\R&amp;D</DomainUser>
    <FriendlyName>CORP\R&amp;D</FriendlyName>
    <LineList>
      <Line>
        <PermanentID>1</PermanentID>
      </Line>
    </LineList>
  </User>
</UserList>
`, "\n", "\r\n"), out.String())
	require.Empty(t, notes.String())
	require.ErrorContains(t, c.tsecimp(&out, &notes, []shownLine{{Line: "x"}}, &userMap{usual: "C"}), "line x is not known in full yet")
	require.ErrorContains(t, c.tsecimp(&out, &notes, []shownLine{{Line: "a|b", Permanent: 1}}, &userMap{usual: "C"}), "line a|b: ")
	require.ErrorIs(t, c.tsecimp(&out, &notes, all, &userMap{}), errNobody)
}

func FuzzMappingFile(f *testing.F) {
	f.Add("a=C\\u\n# x\nb = D\\v")
	f.Fuzz(func(t *testing.T, text string) {
		m := &userMap{given: map[string][]mapped{}, usual: "CORP"}
		if m.read(strings.NewReader(text)) != nil {
			return
		}
		var all []shownLine
		for login := range m.given {
			all = append(all, shownLine{Line: login, Name: text, Permanent: uint32(len(all) + 1)})
		}
		if len(all) == 0 {
			return
		}
		var out, notes bytes.Buffer
		require.NoError(t, (&linesCmd{}).tsecimp(&out, &notes, all, m))
		require.NotEmpty(t, parsedList(t, out.String()).User)
	})
}
