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
			j := openJournal(t, c)
			all := appendEvents(t, j, 50, 5)
			require.NoError(t, j.Trim(testContext(t)))
			require.Equal(t, uint64(1), j.First(), "without an engine image nothing is removed")
			require.NoError(t, j.SaveImage(testContext(t), EngineImage{Seq: 23}))
			for range 8 {
				require.NoError(t, j.Trim(testContext(t)))
			}
			require.Equal(t, uint64(21), j.First(), "the pack with event 24 is needed")
			var got error
			for _, err := range j.Read(testContext(t), 20) {
				got = err
			}
			require.ErrorIs(t, got, events.ErrGone)
			require.ErrorContains(t, got, "21")
			require.True(t, events.SameEvents(all[20:], readAll(t, j, 21)))
			require.NoError(t, j.SaveImage(testContext(t), EngineImage{Seq: 50}))
			require.NoError(t, j.SaveImage(testContext(t), EngineImage{Seq: 50}))
			require.NoError(t, j.Trim(testContext(t)))
			require.Equal(t, uint64(21), j.First(), "the older engine image still needs them")
		})
	}
}

func TestDamagedPack(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	appendEvents(t, j, 4, 2)
	_, err := j.link.js.Publish(testContext(t), j.cfg.subject(), []byte("junk"), jetstream.WithMsgID("x"))
	require.NoError(t, err)
	require.NoError(t, j.Append(testContext(t), 5, nil))
	j.advance(message{seq: 3, first: 5, last: 5})
	var got error
	for _, err := range j.Read(testContext(t), 1) {
		got = err
	}
	require.ErrorIs(t, got, events.ErrCorrupt)
	require.ErrorContains(t, got, "stream sequence 3")
	require.ErrorContains(t, got, "restore the journal from a copy")
}
