package provider

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
	"offhook/engine"
)

// TestLineTableTellsNothingThatChanges has a line in and out of service: the table is about what stays.
func TestLineTableTellsNothingThatChanges(t *testing.T) {
	views := []engine.LineView{
		{Key: "ilund", User: "ilund", Name: "Ida Lund", Address: "41", Permanent: 1, InService: true, Supervisor: true, Offers: 2, Actions: tapitest.AllActions},
		{Key: "jvogel", User: "jvogel", Name: "Jörg Vogel", Address: "45", Permanent: 7},
	}
	was := NewLineTable(views, "branch", tapitest.AllActions)
	views[0].InService, views[0].Offers, views[0].Actions = false, 0, 0
	require.Equal(t, was, NewLineTable(views, "branch", tapitest.AllActions))
}

func TestLineTableSaysWhatTheProviderSays(t *testing.T) {
	h := newHost(t, spec.Version31)
	b, err := NewLineTable([]engine.LineView{tapitest.Ida}, h.p.cfg.Source, h.p.cfg.Offers).Append(nil)
	require.NoError(t, err)
	table, err := wire.ReadLineTable(bytes.NewReader(b))
	require.NoError(t, err)
	for _, v := range table.Lines[0].Versions {
		caps, result := h.p.DevCaps(7)
		require.Equal(t, spec.LineErrNone, result)
		require.Equal(t, caps.Image(v.Version), v.Images[0])
		address, result := h.p.AddressCaps(7, 0)
		require.Equal(t, spec.LineErrNone, result)
		address.LineDeviceID = 0
		require.Equal(t, address.Image(v.Version), v.Images[1])
	}
}

func TestLineTableShortensNames(t *testing.T) {
	long := newTableLine(&engine.LineView{Name: strings.Repeat("ö", 300), Address: "4\n1", Permanent: 1}, "", 0)
	require.True(t, utf8.ValidString(long.Name))
	require.Equal(t, strings.Repeat("ö", 127), long.Name)
	require.Equal(t, "4 1", long.Address)
}

func BenchmarkLineTable500(b *testing.B) {
	views := make([]engine.LineView, 500)
	for i := range views {
		key := fmt.Sprintf("user%04d", i)
		views[i] = engine.LineView{Key: key, User: key, Name: "Marie-Luise Brückner-Hövelmann", Address: fmt.Sprint(2000 + i), Permanent: uint32(i + 1)}
	}
	for b.Loop() {
		if _, err := NewLineTable(views, "branch", tapitest.AllActions).Append(nil); err != nil {
			b.Fatal(err)
		}
	}
}
