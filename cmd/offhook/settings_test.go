package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/xmpp/pascom"
	"offhook/internal/daemon"
	"offhook/internal/settings"
)

// TestEverySettingHasAFlag gives the flag of each row, and that of each old spelling, a text; package settings gets it as
// it stands.
func TestEverySettingHasAFlag(t *testing.T) {
	for _, row := range schema.Rows {
		for _, spelling := range append([]string{row.Key}, row.Old...) {
			var c cli
			k, err := newParser(&c, io.Discard, io.Discard, func(int) {})
			require.NoError(t, err)
			args, want := []string{"run", "--" + spelling, "a, b=1"}, "a, b=1"
			if row.Kind == settings.KindSwitch {
				args, want = []string{"run", "--" + spelling}, "true"
			}
			_, err = k.Parse(args)
			require.NoError(t, err, spelling)
			require.Equal(t, []settings.Given{{Spelling: spelling, Text: want}}, c.Run.given)
		}
	}
}

// TestFlagsOfRunAreTheTable: --help shows each key once with its variable, and no old spelling.
func TestFlagsOfRunAreTheTable(t *testing.T) {
	k, err := newParser(&cli{}, io.Discard, io.Discard, func(int) {})
	require.NoError(t, err)
	var shown, hiddenFlags []string
	for _, f := range runFlags(k) {
		switch {
		case f.Name == "help":
		case f.Hidden:
			hiddenFlags = append(hiddenFlags, f.Name)
		default:
			shown = append(shown, f.Name)
			require.Contains(t, f.Help, "$"+settings.Variable(f.Name)+").")
		}
	}
	var keys, old []string
	for _, row := range schema.Rows {
		keys, old = append(keys, row.Key), append(old, row.Old...)
	}
	require.Equal(t, keys, shown)
	require.Equal(t, old, hiddenFlags)
}

func runFlags(k *kong.Kong) []*kong.Flag {
	for _, n := range k.Model.Leaves(true) {
		if n.Name == "run" && n.Parent == k.Model.Node {
			return n.Flags
		}
	}
	return nil
}

// TestPrecedence: a flag stands above the variable, the variable above the file; each is named as the source, and each
// old spelling is named.
func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "own.yaml")
	require.NoError(t, os.WriteFile(file, []byte("user: ilund\nhost: file.example.com\nringback: evidence\nrun:\n  port: 1\n"), 0o600))
	t.Setenv("OFFHOOK_HOST", "variable.example.com")
	t.Setenv("OFFHOOK_AREACODE", "0711")
	set, err := readSettings([]string{"--config", file, "run", "--data-dir", dir, "--present", "plus", "--watch"})
	require.NoError(t, err)
	require.Equal(t, "ilund", set.Settings.User)
	require.Equal(t, "variable.example.com", set.Settings.Host)
	require.Equal(t, 1, set.Settings.Port)
	require.True(t, set.Settings.Watch)
	require.Equal(t, []string{"evidence", "plus", "0711"}, []string{set.Settings.TAPIRingback, set.Settings.NumbersPresent, set.Settings.DialAreacode})
	for key, source := range map[string]settings.Source{"user": settings.FromFile, "host": settings.FromEnvironment, "port": settings.FromFile, "watch": settings.FromCommandLine,
		"tapi-ringback": settings.FromFile, "numbers-present": settings.FromCommandLine, "dial-areacode": settings.FromEnvironment, "domain": settings.FromDefault} {
		require.Equal(t, source, set.Sources[key], key)
	}
	require.Equal(t, []settings.OldSpelling{{Old: "ringback", Key: "tapi-ringback", Where: file + ":3"}, {Old: "present", Key: "numbers-present", Where: "--present"},
		{Old: "areacode", Key: "dial-areacode", Where: "OFFHOOK_AREACODE"}}, set.Old)

	code, out, errs := call("", "--config", file, "config", "--data-dir", dir, "--control", "none")
	require.Zero(t, code, errs)
	require.Regexp(t, `old spelling +ringback: write tapi-ringback +\(.*own.yaml:3\)\n`, out)
	require.Regexp(t, `host +variable.example.com +\(environment\)\n`, out)
}

// TestSettingsOfTheDialectReachIt gives each of them another value than its default; dialect and projection get all of
// them, by the names that traces and scenarios use.
func TestSettingsOfTheDialectReachIt(t *testing.T) {
	set, err := readSettings([]string{"run", "--data-dir", t.TempDir(), "--user", "x", "--pascom-dial", "from", "--pascom-dial-prefix", "9", "--pascom-phones-by", "id", "--tapi-version", "2.0",
		"--tapi-ringback", "evidence", "--numbers-present", "plus", "--numbers-country", "49", "--dial-areacode", "0711", "--numbers-extension-digits", "3", "--dial-emergency", "none",
		"--numbers-rewrite", "^a=b", "--dial-rewrite", "^c=d"})
	require.NoError(t, err)
	kept := schema.ToReplay(&set.Settings)
	require.Equal(t, []string{"dial-areacode", "dial-emergency", "dial-rewrite.001", "numbers-country", "numbers-extension-digits", "numbers-present",
		"numbers-rewrite.001", "pascom-dial", "pascom-dial-prefix", "pascom-phones-by", "tapi-ringback", "tapi-version"}, slices.Sorted(maps.Keys(kept)))
	dialect, options, err := program.MakeFromReplay(kept)
	require.NoError(t, err)
	require.Equal(t, pascom.New(pascom.Options{Dial: pascom.DialFrom, Prefix: "9", Device: pascom.DeviceID}), dialect)
	require.Equal(t, projection.RingbackEvidence, options.Ringback)
	require.Equal(t, spec.Version20, options.Version)
	require.Equal(t, "49", options.Numbers.Country)
	require.Len(t, options.Numbers.Inbound, 1)
	require.Len(t, options.Numbers.Outbound, 1)
	require.Equal(t, []string{}, options.Numbers.Emergency)
}

// TestNatsPortIsAskedFor: a port of the embedded server is open when it is asked for, and then its password is needed.
func TestNatsPortIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	auth := filepath.Join(dir, "auth")
	require.NoError(t, os.WriteFile(auth, []byte("anna:"+secret+"\n"), 0o600))
	listen := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	own := settings.Settings{JournalName: "main", NATSListen: listen, NATSAuth: auth}
	j, err := daemon.OpenJournal(t.Context(), &own, dir, false, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, daemon.KindJetStream, daemon.JournalKindIn(filepath.Join(dir, "journal")))
	_, err = daemon.OpenExistingJournal(t.Context(), "nats://"+listen, "main")
	require.Error(t, err)
	client := settings.Settings{JournalName: "main", NATS: "nats://" + listen, NATSAuth: auth}
	again, err := daemon.OpenJournal(t.Context(), &client, dir, false, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, j.ID(), again.ID())
	require.NoError(t, again.Close())
	require.NoError(t, j.Close())
}

// TestReplayNamesOldSpellings: a replay reads them and names each once, on standard error.
func TestReplayNamesOldSpellings(t *testing.T) {
	code, out, errs := call("", "replay", "--set", "numbers.present=plus;numbers.country=49", callFile)
	require.Zero(t, code, errs)
	require.Contains(t, out, "config numbers-country=49 numbers-present=plus\n")
	require.Equal(t, "offhook: settings: old spelling numbers.country; write numbers-country\noffhook: settings: old spelling numbers.present; write numbers-present\n", errs)
	file := filepath.Join(t.TempDir(), "old.txt")
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(out, "numbers-present", "numbers.present", 1)), 0o600))
	code, out, errs = call("", "check", file)
	require.Zero(t, code, out)
	require.Equal(t, "offhook: settings: old spelling numbers.present; write numbers-present\n", errs)
}
