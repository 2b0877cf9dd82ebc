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

// testContext returns a context that bounds how long a test waits.
func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// openJournal opens a journal and closes it at the end of the test.
func openJournal(t testing.TB, c Config) *Journal {
	t.Helper()
	if testing.Verbose() && c.Log == nil {
		c.Log = slog.Default()
	}
	j, err := Open(testContext(t), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

// startExternal starts a server of its own on a loopback TCP port and returns its address.
func startExternal(t testing.TB, change func(*server.Options)) string {
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
		return func() events.Journal { return openJournal(t, Config{Dir: dir}) }
	})
}

func TestExternalPassesTheSuite(t *testing.T) {
	url := startExternal(t, nil)
	journaltest.Run(t, func(t *testing.T) func() events.Journal {
		name := newID()
		return func() events.Journal {
			return openJournal(t, Config{URL: url, Name: name, MaxStore: 64 << 20, MaxImages: 1 << 20})
		}
	})
}
