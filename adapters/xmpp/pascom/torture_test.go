package pascom

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
)

var update = flag.Bool("update", false, "rewrite the .want files of the stanza fixtures")

var home = engine.Origin{JID: "switch@branch/offhook", Domain: "branch"}

const stanzas = "../../../fixtures/stanzas"

// corpus reads the fixtures of one folder: name without ending, raw stanza.
func corpus(t testing.TB, folder string) map[string]string {
	paths, err := filepath.Glob(filepath.Join(stanzas, folder, "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, paths, "the stanza fixtures are gone")
	all := map[string]string{}
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		require.NoError(t, err)
		all[strings.TrimSuffix(p, ".xml")] = string(raw)
	}
	return all
}

func decode(raw string, where engine.Origin) *engine.Observation {
	o := &engine.Observation{}
	New(Options{}).Decode(raw, where, o)
	return o
}

// TestTortureStanzas decodes every fixture and compares it with its line; invalid ones must be ignored, with a reason.
func TestTortureStanzas(t *testing.T) {
	for _, folder := range []string{"valid", "invalid"} {
		for path, raw := range corpus(t, folder) {
			t.Run(folder+"/"+filepath.Base(path), func(t *testing.T) {
				o := decode(raw, home)
				require.Equal(t, folder == "invalid", o.Kind == engine.ObsIgnored, oneLine(o))
				got := oneLine(o) + "\n"
				if *update {
					require.NoError(t, os.WriteFile(path+".want", []byte(got), 0o644))
				}
				want, err := os.ReadFile(path + ".want")
				require.NoError(t, err, "run go test with -update and look at the difference")
				require.Equal(t, string(want), got)
			})
		}
	}
}

// TestTortureStanzasWithoutSession decodes them as a bare file: `to` says who we are (decision D1).
func TestTortureStanzasWithoutSession(t *testing.T) {
	for path, raw := range corpus(t, "valid") {
		if !strings.Contains(raw, "to=") && !strings.Contains(raw, "to='") {
			continue
		}
		require.Equal(t, oneLine(decode(raw, home)), oneLine(decode(raw, engine.Origin{})), filepath.Base(path))
	}
}

// TestWantFilesHaveStanzas finds lines whose stanza was renamed or removed.
func TestWantFilesHaveStanzas(t *testing.T) {
	wants, err := filepath.Glob(filepath.Join(stanzas, "*", "*.want"))
	require.NoError(t, err)
	for _, w := range wants {
		require.FileExists(t, strings.TrimSuffix(w, ".want")+".xml")
	}
}

// TestNothingIsCopied holds the promise that the common path allocates nothing.
func TestNothingIsCopied(t *testing.T) {
	all := corpus(t, "valid")
	for _, name := range []string{"channel-ringing-inbound", "channel-umlauts", "channel-children-in-other-order",
		"channel-hangup", "channel-unknown-children", "pickup-ringing", "presence-phone-dnd"} {
		raw := all[filepath.Join(stanzas, "valid", name)]
		require.NotEmpty(t, raw, name)
		d, o := New(Options{}), &engine.Observation{}
		require.Zero(t, testing.AllocsPerRun(100, func() {
			*o = engine.Observation{}
			d.Decode(raw, home, o)
		}), name)
	}
}
