package spec

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"Jane Doe (41)":          "Jane Doe (41)",
		"  two  blanks ":         "  two  blanks ",
		"Jürgen Weiß":            "Jürgen Weiß",
		"a\r\nb\tc\x00d":         "a  b c d",
		"\u202egnp.exe\u202c":    "gnp.exe",
		"a\u2028b\u2029c\u0085d": "a b c d",
		"\ufeffbom\u200b":        "bom",
		"x\xff\xfey":             "x\uFFFDy",
		"\xed\xa0\x80":           "\uFFFD",
		"👩\u200d💻":               "👩\u200d💻",
		"\x7f":                   " ",
	} {
		require.Equal(t, want, CleanText(in), "%q", in)
	}
	require.Len(t, CleanText(strings.Repeat("a", 1000)), MaxText)
	require.Equal(t, MaxText/2, utf8.RuneCountInString(CleanText(strings.Repeat("😀", 1000))))
	require.Equal(t, strings.Repeat("a", MaxText-1), CleanText(strings.Repeat("a", MaxText-1)+"😀"), "no half pair")
}

func FuzzCleanText(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := CleanText(s)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, len(utf16.Encode([]rune(got))), MaxText)
		require.Equal(t, got, CleanText(got), "cleaning twice changes nothing")
		require.Less(t, strings.IndexFunc(got, unicode.IsControl), 0)
		if b := appendText(nil, s); b != nil {
			require.Equal(t, got, wideString(b))
			requireWide(t, b, 1)
		}
	})
}

func TestWideString(t *testing.T) {
	require.Equal(t, "a\uFFFDb", wideString([]byte{'a', 0, 0x3D, 0xD8, 'b', 0}))
	require.Equal(t, "\uFFFD", wideString([]byte{0x00, 0xDC, 0, 0, 'x', 0}))
	require.Equal(t, "a", wideString([]byte{'a', 0, 'b'}))
	require.Equal(t, "", wideString(nil))
	require.Equal(t, "😀ü山", NewWide("😀ü山").String())
	require.Equal(t, []byte{0xFD, 0xFF}, []byte(NewWide("\xff")))
}
