package nats

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

// within bounds what a test waits for.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// opened opens a journal that is closed with the test.
func opened(t testing.TB, c Config) *Journal {
	t.Helper()
	if testing.Verbose() && c.Log == nil {
		c.Log = slog.Default()
	}
	j, err := Open(within(t), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

// external runs a server of its own with a TCP port on loopback and returns its address.
func external(t testing.TB, change func(*server.Options)) string {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true}
	if change != nil {
		change(o)
	}
	s, err := server.NewServer(o)
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(10*time.Second))
	return "nats://" + s.Addr().String()
}

func TestEmbeddedPassesTheSuite(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) func() events.Journal {
		dir := t.TempDir()
		return func() events.Journal { return opened(t, Config{Dir: dir}) }
	})
}

func TestExternalPassesTheSuite(t *testing.T) {
	url := external(t, nil)
	journaltest.Run(t, func(t *testing.T) func() events.Journal {
		name := newID()
		return func() events.Journal {
			return opened(t, Config{URL: url, Name: name, MaxStore: 64 << 20, MaxSnapshot: 1 << 20})
		}
	})
}
