package spec

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// paramsBuffer gives LINECALLPARAMS with every byte 0 and room for items.
func paramsBuffer(total int) []byte {
	buf := make([]byte, total)
	putWord(buf, headerTotal, uint32(total))
	return buf
}

func putPair(buf []byte, pair, at int, item []byte) {
	putWord(buf, pair, uint32(len(item)))
	putWord(buf, pair+4, uint32(at))
	copy(buf[at:], item)
}

func TestCallParamsNull(t *testing.T) {
	for _, v := range Versions {
		x, err := DecodeCallParams(nil, v)
		require.Equal(t, LineErrNone, err)
		require.Equal(t, DefaultCallParams(), x)
		require.Equal(t, LineErrNone, x.Check())
	}
}

func TestCallParamsWhole(t *testing.T) {
	buf := paramsBuffer(400)
	for i, off := range []int{4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44} {
		putWord(buf, off, uint32(i+1))
	}
	putWord(buf, 164, 30)
	putWord(buf, 176, uint32(AddressTypePhoneNumber))
	at := 180
	for i, pair := range []int{48, 56, 64, 72, 116, 140, 168} {
		putPair(buf, pair, at, append(NewWide(string(rune('a'+i))), 0, 0))
		at += 4
	}
	for i, pair := range []int{80, 104, 148, 156} {
		putPair(buf, pair, at, []byte{byte(i), 9, 9})
		at += 3
	}
	before := bytes.Clone(buf)
	x, err := DecodeCallParams(buf, Version31)
	require.Equal(t, LineErrNone, err)
	want := CallParams{
		BearerMode: 1, MinRate: 2, MaxRate: 3, MediaMode: 4, Flags: 5, AddressMode: 6, AddressID: 7,
		DialParams: DialParams{8, 9, 10, 11}, OrigAddress: "a", DisplayAddress: "b", CalledParty: "c", Comment: "d",
		TargetAddress: "e", DeviceClass: "f", CallingPartyID: "g",
		UserUserInfo: []byte{0, 9, 9}, DevSpecific: []byte{1, 9, 9}, DeviceConfig: []byte{2, 9, 9}, CallData: []byte{3, 9, 9},
		NoAnswerTimeout: 30, AddressType: AddressTypePhoneNumber,
	}
	require.Equal(t, want, x)
	require.Equal(t, before, buf)
	clear(buf)
	require.Equal(t, want, x, "copies (rule R-30)")
}

// Rule R-26: nothing is read beyond dwTotalSize, and what lies there is absent.
func TestCallParamsShort(t *testing.T) {
	for _, v := range Versions {
		for total := range 200 {
			buf := bytes.Repeat([]byte{0xFF}, 256)
			clear(buf[:min(total, 112)])
			putWord(buf, headerTotal, uint32(total))
			if total > 112 {
				clear(buf[112:total])
			}
			x, err := DecodeCallParams(buf, v)
			if total < 112 {
				require.Equal(t, LineErrInvalCallParams, err, total)
				continue
			}
			require.Equal(t, LineErrNone, err, "%s %d", v, total)
			require.Equal(t, DefaultCallParams(), x)
		}
	}
}

func TestCallParamsNewerMembersBelongToTheItems(t *testing.T) {
	buf := paramsBuffer(180)
	putWord(buf, 116, 4)
	putWord(buf, 120, 0xFFFFFFF0)
	_, err := DecodeCallParams(buf, Version14)
	require.Equal(t, LineErrNone, err)
	_, err = DecodeCallParams(buf, Version20)
	require.Equal(t, LineErrInvalCallParams, err)
}

func TestCallParamsMalformed(t *testing.T) {
	for name, spoil := range map[string]func([]byte){
		"beyond the total":  func(b []byte) { putWord(b, 48, 8); putWord(b, 52, 196) },
		"overflow":          func(b []byte) { putWord(b, 48, 0xFFFFFFFF); putWord(b, 52, 0xFFFFFFFF) },
		"in the fixed part": func(b []byte) { putWord(b, 80, 4); putWord(b, 84, 108) },
	} {
		buf := paramsBuffer(200)
		spoil(buf)
		x, err := DecodeCallParams(buf, Version31)
		require.Equal(t, LineErrInvalCallParams, err, name)
		require.Equal(t, DefaultCallParams(), x)
	}
	_, err := DecodeCallParams([]byte{}, Version31)
	require.Equal(t, LineErrInvalCallParams, err)
	_, err = DecodeCallParams(paramsBuffer(112), 7)
	require.Equal(t, LineErrIncompatibleAPIVersion, err)
}

func TestCallParamsCheck(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*CallParams)
		want  LineErr
	}{
		"speech":       {func(x *CallParams) { x.BearerMode = BearerModeSpeech }, LineErrNone},
		"own address":  {func(x *CallParams) { x.AddressMode, x.AddressID = AddressModeDialableAddr, 9 }, LineErrNone},
		"bearer":       {func(x *CallParams) { x.BearerMode = BearerModeData }, LineErrBearerModeUnavail},
		"no bearer":    {func(x *CallParams) { x.BearerMode = 1 << 30 }, LineErrInvalBearerMode},
		"media":        {func(x *CallParams) { x.MediaMode = MediaModeG3Fax }, LineErrInvalMediaMode},
		"address mode": {func(x *CallParams) { x.AddressMode = 4 }, LineErrInvalAddressMode},
		"address id":   {func(x *CallParams) { x.AddressID = 1 }, LineErrInvalAddressID},
	} {
		x := DefaultCallParams()
		c.spoil(&x)
		require.Equal(t, c.want, x.Check(), name)
	}
}

func FuzzCallParams(f *testing.F) {
	f.Add(paramsBuffer(112), uint8(0))
	f.Add(paramsBuffer(180), uint8(6))
	whole := paramsBuffer(200)
	putPair(whole, 168, 180, append(NewWide("0301234"), 0, 0))
	f.Add(whole, uint8(5))
	f.Fuzz(func(t *testing.T, b []byte, pick uint8) {
		v := Versions[int(pick)%len(Versions)]
		room := roomOf(b)
		x, err := DecodeCallParams(b, v)
		if b != nil && room < 112 {
			require.Equal(t, LineErrInvalCallParams, err)
		}
		if b == nil || err != LineErrNone {
			require.Equal(t, DefaultCallParams(), x)
			return
		}
		if uint64(word32(b, 0)) > uint64(len(b)) {
			return
		}
		again, err := DecodeCallParams(append(bytes.Clone(b[:room]), 0xEE, 0xEE), v)
		require.Equal(t, LineErrNone, err)
		require.Equal(t, x, again, "what lies beyond the total decides nothing")
	})
}

func TestVarString(t *testing.T) {
	text := VarString{Text: "wave/in"}
	buf := encoded(t, &text, Version13)
	require.EqualValues(t, StringFormatUnicode, word32(buf, 12))
	back, err := DecodeVarString(buf)
	require.Equal(t, LineErrNone, err)
	require.Equal(t, VarString{Text: "wave/in", Format: StringFormatUnicode}, back)

	bin := VarString{Binary: []byte{1, 0, 2}}
	back, err = DecodeVarString(encoded(t, &bin, Version31))
	require.Equal(t, LineErrNone, err)
	require.Equal(t, VarString{Binary: []byte{1, 0, 2}, Format: StringFormatBinary}, back)

	_, err = DecodeVarString(make([]byte, 24))
	require.Equal(t, LineErrStructureTooSmall, err, "dwTotalSize is 0")
	putWord(buf, 20, 8)
	_, err = DecodeVarString(buf)
	require.Equal(t, LineErrInvalParam, err)
}

func FuzzVarString(f *testing.F) {
	x := VarString{Text: "tapi/line"}
	buf := make([]byte, x.Needed(Version31))
	putWord(buf, headerTotal, uint32(len(buf)))
	x.Encode(buf, Version31)
	f.Add(buf)
	f.Add([]byte{24, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := DecodeVarString(b)
		if err != LineErrNone {
			require.Equal(t, VarString{}, x)
			return
		}
		require.LessOrEqual(t, len(x.Binary), len(b)-24)
		require.LessOrEqual(t, len(NewWide(x.Text)), len(b)-24)
		if len(x.Binary) == 0 && x.Text != "" && x.Text == CleanText(x.Text) {
			back, err := DecodeVarString(encoded(t, &x, Version31))
			require.Equal(t, LineErrNone, err)
			require.Equal(t, x.Text, back.Text)
		}
	})
}
