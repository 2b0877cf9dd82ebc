package pack

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
)

func TestEveryFlippedBitOfAnImageIsNoticed(t *testing.T) {
	good := EncodeImage(EngineImage{Format: 2, Seq: 9, Parts: map[string][]byte{"engine": []byte("state"), "": nil}})
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		_, err := DecodeImage(bad)
		require.ErrorIs(t, err, events.ErrCorrupt, "byte %d", i)
		_, err = DecodeImage(good[:i])
		require.ErrorIs(t, err, events.ErrCorrupt, "cut at %d", i)
	}
}

func FuzzDecodeImage(f *testing.F) {
	f.Add(EncodeImage(EngineImage{Format: 2, Seq: 9, Parts: map[string][]byte{"engine": []byte("x"), "": nil}})[imageHead:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, block []byte) {
		s, err := DecodeImage(sealImage(block)) // with the right checksum, so that the fuzzer reaches the code behind the check
		if err != nil {
			require.ErrorIs(t, err, events.ErrCorrupt)
			return
		}
		again, err := DecodeImage(EncodeImage(s))
		require.NoError(t, err)
		require.Equal(t, s.Seq, again.Seq)
		require.Len(t, again.Parts, len(s.Parts))
	})
}
