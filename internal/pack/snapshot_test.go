package pack

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
)

func TestEveryFlippedBitOfASnapshotIsNoticed(t *testing.T) {
	good := EncodeSnapshot(Snapshot{Format: 2, Seq: 9, Parts: map[string][]byte{"engine": []byte("state"), "": nil}})
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		_, err := DecodeSnapshot(bad)
		require.ErrorIs(t, err, events.ErrCorrupt, "byte %d", i)
		_, err = DecodeSnapshot(good[:i])
		require.ErrorIs(t, err, events.ErrCorrupt, "cut at %d", i)
	}
}

func FuzzSnapshot(f *testing.F) {
	f.Add(EncodeSnapshot(Snapshot{Format: 2, Seq: 9, Parts: map[string][]byte{"engine": []byte("x"), "": nil}})[snapshotHead:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, block []byte) {
		s, err := DecodeSnapshot(sealSnapshot(block)) // with the right checksum, so that the fuzzer gets behind it
		if err != nil {
			require.ErrorIs(t, err, events.ErrCorrupt)
			return
		}
		again, err := DecodeSnapshot(EncodeSnapshot(s))
		require.NoError(t, err)
		require.Equal(t, s.Seq, again.Seq)
		require.Len(t, again.Parts, len(s.Parts))
	})
}
