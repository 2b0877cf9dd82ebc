package pascom

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
)

// traps are what once told a hand-written reader from encoding/xml, or may.
var traps = []string{"<", ">", "&", "]]>", "\r", "\x00", "\x1f", "\x7f", "\xff", "\xc3", "\uFFFE", "\uFFFF", "\uFEFF",
	"\u00a0", "</a>", "</device>", "<!-- x -->", "<![CDATA[x]]>", "<?x y?>", "&#0;", "&#x9;", "&#13;", "&#xD800;", "&#xFFFE;",
	"&#x110000;", "&#X41;", "&#99999999999;", "&#+65;", "&#6_5;", "&nbsp;", "&amp", "&;", "&#;", "&#x;", `"`, "'", ` to="x@y"`,
	` xmlns=""`, ` xmlns="jabber:client"`, ` xmlns:a="b"`, " ", "\n", "=", "/", "x", "<a/>", "<a>b</a>", "<eventId>2</eventId>",
	"<eventId/>", "<eventId xmlns=''>3</eventId>", "<show>dnd</show>", "<LabelList/>", "<Label/>", "<cmd/>", ":", "a:"}

// TestTrapsEverywhere puts every trap at every place of a few stanzas, and takes every byte out: the steps and
// encoding/xml must agree on what comes of it.
func TestTrapsEverywhere(t *testing.T) {
	all := corpus(t, "valid")
	for _, name := range []string{"channel-labels", "channel-username-attribute", "pickup-ringing", "presence-phone-dnd"} {
		raw := all[filepath.Join(stanzas, "valid", name)]
		require.NotEmpty(t, raw, name)
		for i := range len(raw) + 1 {
			for _, trap := range traps {
				agree(t, raw[:i]+trap+raw[i:])
			}
			agree(t, raw[:i])
			if i < len(raw) {
				agree(t, raw[:i]+raw[i+1:])
			}
		}
	}
}

// TestManyAtOnce decodes the corpus in several goroutines with one dialect, for the race detector.
func TestManyAtOnce(t *testing.T) {
	all := corpus(t, "valid")
	d := New(Options{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for path, raw := range all {
				var o engine.Observation
				d.Decode(raw, home, &o)
				if want := decode(raw, home); oneLine(want) != oneLine(&o) {
					t.Errorf("%s: %s", path, oneLine(&o))
				}
			}
		})
	}
	wg.Wait()
}
