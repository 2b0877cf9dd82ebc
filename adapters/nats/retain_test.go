package nats

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"offhook/events"
)

func TestRetention(t *testing.T) {
	for name, c := range map[string]Config{"bytes": {KeepBytes: 1}, "age": {KeepAge: time.Nanosecond}} {
		t.Run(name, func(t *testing.T) {
			c.Dir = t.TempDir()
			j := opened(t, c)
			all := fill(t, j, 50, 5)
			require.NoError(t, j.Trim(within(t)))
			require.Equal(t, uint64(1), j.First(), "without a snapshot nothing is removed")
			require.NoError(t, j.SaveSnapshot(within(t), Snapshot{Seq: 23}))
			for range 8 {
				require.NoError(t, j.Trim(within(t)))
			}
			require.Equal(t, uint64(21), j.First(), "the pack with event 24 is needed")
			var got error
			for _, err := range j.Read(within(t), 20) {
				got = err
			}
			require.ErrorIs(t, got, events.ErrGone)
			require.ErrorContains(t, got, "21")
			require.True(t, events.SameEvents(all[20:], stored(t, j, 21)))
			require.NoError(t, j.SaveSnapshot(within(t), Snapshot{Seq: 50}))
			require.NoError(t, j.SaveSnapshot(within(t), Snapshot{Seq: 50}))
			require.NoError(t, j.Trim(within(t)))
			require.Equal(t, uint64(21), j.First(), "the older snapshot still needs them")
		})
	}
}

func TestDamagedPack(t *testing.T) {
	j := opened(t, Config{Dir: t.TempDir()})
	fill(t, j, 4, 2)
	_, err := j.link.js.Publish(within(t), j.cfg.subject(), []byte("junk"), jetstream.WithMsgID("x"))
	require.NoError(t, err)
	require.NoError(t, j.Append(within(t), 5, nil))
	j.advance(message{seq: 3, first: 5, last: 5})
	var got error
	for _, err := range j.Read(within(t), 1) {
		got = err
	}
	require.ErrorIs(t, got, events.ErrCorrupt)
	require.ErrorContains(t, got, "stream sequence 3")
	require.ErrorContains(t, got, "restore the journal from a copy")
}
