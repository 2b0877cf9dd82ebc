//go:build !windows

package control

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSocket uses the real listener: its mode, its caller, and addresses that it refuses.
func TestSocket(t *testing.T) {
	dir := t.TempDir()
	address := DefaultAddress(dir)
	_, err := Call(t.Context(), address, "who", nil)
	require.ErrorIs(t, err, ErrNoDaemon)
	l, err := Listen(address)
	require.NoError(t, err)
	info, err := os.Stat(address)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = Listen(address)
	require.ErrorContains(t, err, "another offhook")

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, testHandlers(), slog.New(slog.DiscardHandler)) }()
	v, err := Call(ctx, address, "who", Values{{"x", "y"}})
	require.NoError(t, err)
	require.Equal(t, "yes", v.Get("admin"))
	cancel()
	require.NoError(t, <-ended)
	_, err = Call(t.Context(), address, "who", nil)
	require.ErrorIs(t, err, ErrNoDaemon)

	stale, err := os.Create(filepath.Join(dir, "file"))
	require.NoError(t, err)
	require.NoError(t, stale.Close())
	_, err = Listen(stale.Name())
	require.ErrorContains(t, err, "is no socket")
	_, err = Listen(filepath.Join(dir, strings.Repeat("x", 120)))
	require.ErrorContains(t, err, "more than 103 bytes")
}

// TestStaleSocketIsReplaced: Listen replaces the socket file of a killed daemon.
func TestStaleSocketIsReplaced(t *testing.T) {
	address := DefaultAddress(t.TempDir())
	l, err := Listen(address)
	require.NoError(t, err)
	l.(socketListener).Listener.(interface{ SetUnlinkOnClose(bool) }).SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	_, err = os.Stat(address)
	require.NoError(t, err)
	_, err = Call(t.Context(), address, "who", nil)
	require.ErrorIs(t, err, ErrNoDaemon)
	l, err = Listen(address)
	require.NoError(t, err)
	require.NoError(t, l.Close())
}
