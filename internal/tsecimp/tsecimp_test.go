package tsecimp

import (
	"bytes"
	"encoding/xml"
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

// TestMappingFiles: each fault is reported with its line.
func TestMappingFiles(t *testing.T) {
	for text, says := range map[string]string{
		"a":                                 `line 1: "a" is not LOGIN=DOMAIN\user`,
		"# c\n\n=C\\a":                      "line 3: ",
		"a=user":                            `line 1: "user" is no Windows account`,
		"a=\\user":                          "no Windows account",
		"a=C\\":                             "no Windows account",
		"a=C\\u\\v":                         "no Windows account",
		"a=C\\u\na=c\\U":                    "line 2: a=c\\U is there twice",
		"a=C\\u<":                           "a character that no Windows account has",
		"a=C\\u\x01v":                       "a character that no Windows account has",
		"a=C\\" + strings.Repeat("u", 300):  "too long",
		"a=C\\\xff":                         "line 1: not UTF-8",
		"a=" + strings.Repeat("b", 100<<10): "token too long",
	} {
		m, err := NewAccounts("")
		require.NoError(t, err)
		require.ErrorContains(t, m.ReadMapping("map", strings.NewReader(text)), says, text)
	}
}

// TestImportFile is the file byte by byte, with what has to be escaped.
func TestImportFile(t *testing.T) {
	m := &Accounts{file: "m", mapped: map[string][]mappedAccount{"a": {{`CORP\R&D`, 1}}}, domain: "CORP"}
	var out, notes bytes.Buffer
	all := []Line{{User: "b@branch", Extension: "42", Name: "Jörg <\"Jo\"> \U0001F600\x01", PermanentID: 2}, {User: "a", Extension: "41", PermanentID: 1}}
	require.NoError(t, Write(&out, &notes, all, m, Options{}))
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
	require.ErrorContains(t, Write(&out, &notes, []Line{{User: "x"}}, &Accounts{domain: "C"}, Options{}), "line x is not known in full yet")
	require.ErrorContains(t, Write(&out, &notes, []Line{{User: "a|b", PermanentID: 1}}, &Accounts{domain: "C"}, Options{}), "line a|b: ")
	require.ErrorIs(t, Write(&out, &notes, all, &Accounts{}, Options{}), ErrNoUsers)
}

func FuzzMappingFile(f *testing.F) {
	f.Add("a=C\\u\n# x\nb = D\\v")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := NewAccounts("CORP")
		require.NoError(t, err)
		if m.ReadMapping("map", strings.NewReader(text)) != nil {
			return
		}
		var all []Line
		for login := range m.mapped {
			all = append(all, Line{User: login, Name: text, PermanentID: uint32(len(all) + 1)})
		}
		if len(all) == 0 {
			return
		}
		var out, notes bytes.Buffer
		require.NoError(t, Write(&out, &notes, all, m, Options{}))
		require.NotEmpty(t, parsedList(t, out.String()).User)
	})
}
