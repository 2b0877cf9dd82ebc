package pascom

import (
	"encoding/xml"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/engine"
)

// BenchmarkDecode measures one ChannelEvent against encoding/xml in the same run: "x" is how many times faster.
// Floors for the usual stanza: 15 owning, 30 borrowed. "scanned" has its children in another order than the PBX's.
func BenchmarkDecode(b *testing.B) {
	all := corpus(b, "valid")
	for _, m := range []struct {
		name, stanza string
		owning       bool
	}{{"owning", "channel-ringing-inbound", true}, {"borrowed", "channel-ringing-inbound", false},
		{"umlauts", "channel-umlauts", false}, {"labels", "channel-labels", false},
		{"entities", "channel-entities-in-name", false},
		{"scanned-owning", "channel-children-in-other-order", true},
		{"scanned-borrowed", "channel-children-in-other-order", false}} {
		raw := all[filepath.Join(stanzas, "valid", m.stanza)]
		b.Run(m.name, func(b *testing.B) { benchmark(b, raw, m.owning) })
	}
}

func benchmark(b *testing.B, raw string, owning bool) {
	d := New(Options{})
	var o engine.Observation
	read := func() {
		o = engine.Observation{}
		s := raw
		if owning {
			s = strings.Clone(raw)
		}
		d.Decode(s, home, &o)
	}
	times := ratio(b, raw, read)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		read()
	}
	b.ReportMetric(times, "x")
	require.Equal(b, engine.ObsChannel, o.Kind)
}

// ratio says how many times faster read is than encoding/xml. The two take short turns, so that other load on the
// machine hits both alike; the sum of all turns counts, so that the garbage each makes is paid for.
func ratio(b *testing.B, raw string, read func()) float64 {
	bytes := []byte(raw)
	reflected := func() {
		var m wireMessage
		require.NoError(b, xml.Unmarshal(bytes, &m))
	}
	const turns, few, many = 300, 20, 800
	var slow, fast time.Duration
	for range turns {
		slow += turn(reflected, few)
		fast += turn(read, many)
	}
	return float64(slow) / few * many / float64(fast)
}

func turn(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start)
}
