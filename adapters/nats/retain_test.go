package nats

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"offhook/events"
)

func TestSnapshots(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(within(t), Config{Dir: dir})
	require.NoError(t, err)
	none, err := j.Snapshots(within(t))
	require.NoError(t, err)
	require.Empty(t, none)
	fill(t, j, 30, 10)
	big := make([]byte, 3<<20)
	for seq := uint64(10); seq <= 30; seq += 10 {
		s := Snapshot{Format: 3, Seq: seq, Parts: map[string][]byte{"engine": {byte(seq)}, "tapi": big, "web": {}}}
		require.NoError(t, j.SaveSnapshot(within(t), s))
	}
	require.ErrorIs(t, j.SaveSnapshot(within(t), Snapshot{Seq: 31}), ErrConfig)
	require.NoError(t, j.Close())
	j = opened(t, Config{Dir: dir})
	require.Equal(t, uint64(20), j.needed)
	all, err := j.Snapshots(within(t))
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, []uint64{30, 20}, []uint64{all[0].Seq, all[1].Seq})
	require.Equal(t, Snapshot{3, 30, map[string][]byte{"engine": {30}, "tapi": big, "web": {}}}, all[0])
}

func TestUnreadableSnapshotsAreDropped(t *testing.T) {
	j := opened(t, Config{Dir: t.TempDir()})
	fill(t, j, 5, 5)
	require.NoError(t, j.SaveSnapshot(within(t), Snapshot{Seq: 4}))
	store, err := j.snapshots(within(t))
	require.NoError(t, err)
	for name, b := range map[string][]byte{
		snapshotHead + "00000000000000000005": []byte("no snapshot"),
		snapshotHead + "00000000000000000003": encodeSnapshot(Snapshot{Seq: 2}),
		snapshotHead + "00000000000000000099": encodeSnapshot(Snapshot{Seq: 99}), // ahead of the journal
	} {
		_, err := store.PutBytes(within(t), name, b)
		require.NoError(t, err)
	}
	all, err := j.Snapshots(within(t))
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, uint64(4), all[0].Seq)
	require.Equal(t, uint64(4), j.needed)
	names, err := snapshotNames(within(t), store)
	require.NoError(t, err)
	require.Len(t, names, 1)
}

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
