package tapi

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/tapi/wire"
	"offhook/engine"
)

// sized are n lines with names of usual length.
func sized(n int) []engine.LineView {
	var l []engine.LineView
	for i := range n {
		key := fmt.Sprintf("user%04d", i)
		l = append(l, engine.LineView{Key: key, User: key, Name: "Marie-Luise Brückner-Hövelmann", Address: fmt.Sprint(2000 + i), Permanent: uint32(i + 1)})
	}
	return l
}

// keeping runs a keeper on a file in a bubble of fake time.
func keeping(t *testing.T, file string, play func(k *tableWriter)) {
	synctest.Test(t, func(t *testing.T) {
		k := newTableWriter(FrontendConfig{LineTable: file, Provider: provider.Config{Source: "branch", Offers: tapitest.AllActions}, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { k.run(ctx); close(ended) }()
		play(k)
		cancel()
		<-ended
	})
}

func linesIn(t *testing.T, file string) int {
	b, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return -1
	}
	require.NoError(t, err)
	table, err := wire.ReadLineTable(bytes.NewReader(b))
	require.NoError(t, err)
	return len(table.Lines)
}

func TestLineTableIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lines.tbl")
	keeping(t, file, func(k *tableWriter) {
		k.setLines(nil) // knows nothing yet
		time.Sleep(time.Minute)
		require.Equal(t, -1, linesIn(t, file))
		for n := range 4 { // lines come one after the other; the table waits until they rest
			k.setLines(sized(n + 1))
			time.Sleep(tableQuietTime / 2)
			require.Equal(t, -1, linesIn(t, file))
		}
		time.Sleep(tableQuietTime)
		synctest.Wait()
		require.Equal(t, 4, linesIn(t, file))
		for n := range 20 { // but not for ever
			k.setLines(sized(n + 1))
			time.Sleep(tableQuietTime / 2)
		}
		require.Greater(t, linesIn(t, file), 4)
		k.setLines(sized(2)) // is written when it ends
	})
	require.Equal(t, 2, linesIn(t, file))
	before, err := os.Stat(file)
	require.NoError(t, err)
	keeping(t, file, func(k *tableWriter) { k.setLines(sized(2)); time.Sleep(time.Minute) })
	after, err := os.Stat(file)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "the same content is not written again")
	keeping(t, file, func(k *tableWriter) {
		k.setLines(sized(2))
		k.setLines(nil) // the last line was deselected
	})
	require.Equal(t, 0, linesIn(t, file))
	left, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestLineTableIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	file := filepath.Join(dir, "lines.tbl")
	keeping(t, file, func(k *tableWriter) {
		k.setLines(sized(1))
		time.Sleep(2 * tableQuietTime)
		require.NoError(t, os.Mkdir(dir, 0o700))
		time.Sleep(2 * tableMaxDelay)
		synctest.Wait()
		require.Equal(t, 1, linesIn(t, file))
	})
}
