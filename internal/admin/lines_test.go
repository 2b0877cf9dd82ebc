package admin

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLinesInPages: an answer that does not fit goes on.
func TestLinesInPages(t *testing.T) {
	all := make([]string, 5000)
	for i := range all {
		all[i] = columns(strings.Repeat("u", 20)+string(rune('a'+i%26))+strings.Repeat("x", i/26), "1", "Name", "1", "in")
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
