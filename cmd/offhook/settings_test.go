package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/xmpp/pascom"
	"offhook/internal/wiring"
)

// TestEverySettingOfTheDialectHasAFlag gives each flag another value than its default; dialect and projection get all of
// them, by the names that traces and scenarios use.
func TestEverySettingOfTheDialectHasAFlag(t *testing.T) {
	var c cli
	k, err := newParser(&c, io.Discard, io.Discard, func(int) {})
	require.NoError(t, err)
	_, err = k.Parse([]string{"run", "--user", "x", "--dial", "from", "--dial-prefix", "9", "--phones-by", "id", "--tapi-version", "2.0",
		"--ringback", "evidence", "--present", "plus", "--country", "49", "--areacode", "0711", "--extension-digits", "3", "--emergency", "none",
		"--rewrite", "^a=b", "--dial-rewrite", "^c=d"})
	require.NoError(t, err)
	set := c.Run.shown()
	require.Equal(t, []string{"dial.areacode", "dial.emergency", "dial.rewrite.001", "numbers.country", "numbers.extension-digits", "numbers.present",
		"numbers.rewrite.001", "pascom.device", "pascom.dial", "pascom.prefix", "tapi.ringback", "tapi.version"}, slices.Sorted(maps.Keys(set)))
	dialect, options, err := wiring.Read(set)
	require.NoError(t, err)
	require.Equal(t, pascom.Options{Dial: pascom.DialFrom, Prefix: "9", Device: pascom.DeviceID}, dialect)
	require.Equal(t, projection.RingbackEvidence, options.Ringback)
	require.Equal(t, spec.Version20, options.Version)
	require.Equal(t, "49", options.Numbers.Country)
	require.Len(t, options.Numbers.Inbound, 1)
	require.Len(t, options.Numbers.Outbound, 1)
}

// TestNatsPortIsAskedFor: a port of the embedded server is open when it is asked for, and then its password is needed.
func TestNatsPortIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	auth := filepath.Join(dir, "auth")
	require.NoError(t, os.WriteFile(auth, []byte("anna:"+secret+"\n"), 0o600))
	listen := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	flags := journalFlags{JournalName: "main", NatsListen: listen, NatsAuth: auth}
	j, err := openStore(t.Context(), &flags, dir, false, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, storeJetStream, holds(filepath.Join(dir, "journal")))
	_, err = existing(t.Context(), "nats://"+listen, "main")
	require.Error(t, err)
	client := journalFlags{JournalName: "main", Nats: "nats://" + listen, NatsAuth: auth}
	again, err := openStore(t.Context(), &client, dir, false, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, j.ID(), again.ID())
	require.NoError(t, again.Close())
	require.NoError(t, j.Close())
}
