package pack

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

func mustPack(t testing.TB, batch []events.Event) []byte {
	var p Packer
	b, n, err := p.Pack(batch)
	require.NoError(t, err)
	require.Len(t, batch, n)
	return b
}

func TestPacksKeepEverything(t *testing.T) {
	for _, n := range []int{1, 2, 10, 256} {
		batch := journaltest.Batch("j", 5, n)
		got, err := Unpack(mustPack(t, batch), nil)
		require.NoError(t, err)
		require.True(t, events.SameEvents(batch, got))
		bare, err := UnpackWithoutStanzas(mustPack(t, batch), got)
		require.NoError(t, err)
		require.Len(t, bare, n)
		for i, e := range bare {
			require.Empty(t, e.Cause().Raw)
			require.Equal(t, batch[i].Body(), e.Body())
			require.Equal(t, batch[i].Seq(), e.Seq())
		}
	}
}

func TestEqualStanzasAreStoredOnce(t *testing.T) {
	raw := strings.Repeat("0123456789", 20)
	var p Packer
	batch := make([]events.Event, 9)
	for i := range batch {
		r := raw
		if i == 4 { // an event without a stanza in between does not matter
			r = ""
		}
		batch[i] = journaltest.Event(events.TimerFired, "j", uint64(i)+1, r)
	}
	b, n, err := p.Pack(batch)
	require.NoError(t, err)
	require.Equal(t, 9, n)
	require.Len(t, p.stanzas, len(raw))
	got, err := Unpack(b, nil)
	require.NoError(t, err)
	require.True(t, events.SameEvents(batch, got))
}

func TestPackLimits(t *testing.T) {
	var p Packer
	_, n, err := p.Pack(journaltest.Batch("j", 1, 300))
	require.NoError(t, err)
	require.Equal(t, events.PackEvents, n)

	big := make([]events.Event, 5)
	for i := range big {
		big[i] = journaltest.Event(events.CallHeld, "j", uint64(i)+1, strings.Repeat(string(rune('a'+i)), 200<<10))
	}
	_, n, err = p.Pack(big)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	got, err := Unpack(p.packBytes, nil)
	require.NoError(t, err)
	require.True(t, events.SameEvents(big[:2], got))

	huge := journaltest.Event(events.CallHeld, "j", 1, strings.Repeat("x", MaxEvent))
	b, n, err := p.Pack([]events.Event{huge, huge.Numbered(2)})
	require.NoError(t, err)
	require.Equal(t, 1, n, "an event beyond a pack's bytes is a pack of its own")
	got, err = Unpack(b, nil)
	require.NoError(t, err)
	require.True(t, events.SameEvents([]events.Event{huge}, got))
	_, _, err = p.Pack([]events.Event{journaltest.Event(events.CallHeld, "j", 1, strings.Repeat("x", MaxEvent+1))})
	require.ErrorIs(t, err, ErrTooLarge)
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	good := mustPack(t, journaltest.Batch("j", 1, 4))
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1 << (i % 8)
		_, err := Unpack(bad, nil)
		require.ErrorIs(t, err, events.ErrCorrupt, "byte %d", i)
		_, err = Unpack(good[:i], nil)
		require.ErrorIs(t, err, events.ErrCorrupt, "cut at %d", i)
	}
	newer := append([]byte(nil), good...)
	newer[3]++
	_, err := Unpack(newer, nil)
	require.ErrorContains(t, err, "pack version 2, this program reads up to 1")
}

// withChecksum gives hostile bytes the right checksum, so that the fuzzer reaches the code behind the check.
func withChecksum(b []byte) []byte {
	b = append([]byte("OHP\x01\x00\x00\x00\x00"), b...)
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[packHead:], castagnoli))
	return b
}

func FuzzUnpack(f *testing.F) {
	f.Add(mustPack(f, journaltest.Batch("j", 1, 3))[packHead:])
	f.Add([]byte{1, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{1, 0xff, 1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := Unpack(withChecksum(b), nil)
		if err != nil {
			require.ErrorIs(t, err, events.ErrCorrupt)
			return
		}
		again, err := Unpack(mustPack(t, all), nil)
		require.NoError(t, err)
		require.True(t, events.SameEvents(all, again))
	})
}
