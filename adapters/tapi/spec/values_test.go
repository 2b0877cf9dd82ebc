package spec

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// encoded gives a structure in a buffer of the needed size.
func encoded(t *testing.T, x structure, v Version) []byte {
	t.Helper()
	buf := make([]byte, x.Needed(v))
	putWord(buf, headerTotal, uint32(len(buf)))
	require.Equal(t, LineErrNone, x.Encode(buf, v))
	return buf
}

func itemText(t *testing.T, buf []byte, pair int) string {
	t.Helper()
	item, ok := itemAt(buf, pair, headerSize)
	require.True(t, ok)
	return wideString(item)
}

// Rule R-23.
func TestLineDevCapsBasics(t *testing.T) {
	x := NewLineDevCaps()
	x.LineName = "Jürgen Weiß (41)"
	for _, v := range Versions {
		buf := encoded(t, &x, v)
		require.Equal(t, uint32(MediaModeInteractiveVoice), word32(buf, 60)&4)
		require.Equal(t, uint32(BearerModeVoice), word32(buf, 52)&1)
		require.EqualValues(t, 1, word32(buf, 48))
		require.NotZero(t, word32(buf, 56))
		require.GreaterOrEqual(t, word32(buf, 124), uint32(1))
		require.EqualValues(t, StringFormatUnicode, word32(buf, 40))
		require.Equal(t, "Jürgen Weiß (41)", itemText(t, buf, 32), "byte for byte (decision B18)")
	}
}

// Rule R-25 on everything an encoder writes.
func TestNoValueFromTheFuture(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample, v Version) {
		buf := encoded(t, s.x, v)
		switch s.kind {
		case StructLineCallStatus:
			require.Equal(t, word32(buf, 16), uint32(ConnectedMode(word32(buf, 16)).In(v)))
			require.Equal(t, word32(buf, 24), uint32(CallFeature(word32(buf, 24)).In(v)))
			require.Equal(t, v >= Version14, word32(buf, 16) != 0)
		case StructLineCallInfo:
			require.Equal(t, word32(buf, 80), uint32(CallOrigin(word32(buf, 80)).In(v)))
			require.Equal(t, word32(buf, 84), uint32(CallReason(word32(buf, 84)).In(v)))
		case StructLineAddressCaps:
			require.Equal(t, word32(buf, 40), uint32(CallInfoState(word32(buf, 40)).In(v)))
			require.Equal(t, word32(buf, 80), uint32(DisconnectMode(word32(buf, 80)).In(v)))
			require.Equal(t, word32(buf, 104), uint32(AddrCapFlag(word32(buf, 104)).In(v)))
			require.Equal(t, word32(buf, 108), uint32(CallFeature(word32(buf, 108)).In(v)))
		case StructLineDevCaps:
			require.Equal(t, word32(buf, 112), uint32(DevCapFlag(word32(buf, 112)).In(v)))
			require.Equal(t, word32(buf, 128), uint32(LineDevState(word32(buf, 128)).In(v)))
		}
	})
}

func TestCapsAnnounceWhatADowngradeSends(t *testing.T) {
	x := AddressCaps{DisconnectModes: DisconnectModeCancelled | DisconnectModeBusy}
	require.EqualValues(t, DisconnectModeNormal|DisconnectModeBusy, word32(encoded(t, &x, Version13), 80))
	require.EqualValues(t, x.DisconnectModes, word32(encoded(t, &x, Version20), 80))
}

func TestMostUsefulFirst(t *testing.T) {
	info := NewCallInfo()
	info.CallerID = Party{Number: "0049301", Name: "Jane"}
	info.CalledID, info.Display = Party{Number: "41"}, "Support"
	buf := make([]byte, 344+16)
	putWord(buf, headerTotal, uint32(len(buf)))
	require.Equal(t, LineErrNone, info.Encode(buf, Version31))
	require.Equal(t, "0049301", itemText(t, buf, 112))
	require.Zero(t, word32(buf, 120), "the name does not fit")
	require.EqualValues(t, PartyFlagName|PartyFlagAddress, word32(buf, 108))
	require.Equal(t, uint32(info.Needed(Version31)), word32(buf, headerNeeded))

	caps := NewLineDevCaps()
	caps.LineName, caps.SwitchInfo = "Jane (41)", "a switch"
	small := make([]byte, 292+20)
	putWord(small, headerTotal, uint32(len(small)))
	require.Equal(t, LineErrNone, caps.Encode(small, Version31))
	require.Equal(t, "Jane (41)", itemText(t, small, 32))
}

// Rule R-56 and decision B16.
func TestPartyFlags(t *testing.T) {
	for _, c := range []struct {
		p            Party
		want         PartyFlag
		number, name string
	}{
		{Party{}, PartyFlagUnknown, "", ""},
		{Party{Number: "41"}, PartyFlagAddress, "41", ""},
		{Party{Name: "Jane"}, PartyFlagName, "", "Jane"},
		{Party{Number: "41", Name: "Jane"}, PartyFlagAddress | PartyFlagName, "41", "Jane"},
		{Party{Number: "41", Name: "Jane", Flags: PartyFlagBlocked}, PartyFlagBlocked, "", ""},
		{Party{Flags: PartyFlagUnavail}, PartyFlagUnavail, "", ""},
		{Party{Number: "41", Flags: PartyFlagPartial}, PartyFlagAddress | PartyFlagPartial, "41", ""},
		{Party{Flags: PartyFlagPartial}, PartyFlagUnknown, "", ""},
		{Party{Number: "\u202e"}, PartyFlagUnknown, "", ""},
		{Party{Flags: PartyFlagBlocked | PartyFlagUnknown}, PartyFlagBlocked, "", ""},
	} {
		require.Equal(t, c.want, c.p.Written(), "%+v", c.p)
		buf := encoded(t, &CallInfo{CallerID: c.p}, Version31)
		require.EqualValues(t, c.want, word32(buf, 108))
		require.Equal(t, c.number, itemText(t, buf, 112))
		require.Equal(t, c.name, itemText(t, buf, 120))
		require.EqualValues(t, AddressTypePhoneNumber, word32(buf, 324))
	}
	buf := encoded(t, &CallInfo{CallerID: Party{Number: "a@b", AddressType: AddressTypeEmailName}}, Version30)
	require.EqualValues(t, AddressTypeEmailName, word32(buf, 324))
}

func TestStateEntryTime(t *testing.T) {
	at := time.Date(2024, 2, 29, 23, 59, 58, 987_654_321, time.FixedZone("", -3600))
	buf := encoded(t, &CallStatus{State: CallStateConnected, StateEntry: at}, Version20)
	require.Equal(t, []byte{0xE8, 0x07, 3, 0, 5, 0, 1, 0, 0, 0, 59, 0, 58, 0, 0xDB, 0x03}, buf[40:56])
	for _, odd := range []time.Time{{}, time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(40000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		require.Equal(t, [16]byte{}, systemTime(odd))
	}
}

func TestSmallStructures(t *testing.T) {
	id := ExtensionID{[4]uint32{1, 2, 3, 4}}
	buf := make([]byte, 17)
	require.Equal(t, LineErrNone, id.Encode(buf))
	require.Equal(t, []byte{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0}, buf)
	require.Equal(t, LineErrStructureTooSmall, id.Encode(buf[:15]))

	hub := encoded(t, &CallHubTrackingInfo{1, 2}, Version30)
	require.Len(t, hub, 20)
	require.EqualValues(t, 2, word32(hub, 16))

	info := encoded(t, &CallInfo{DialParams: DialParams{1, 2, 3, 4}}, Version13)
	require.EqualValues(t, 4, word32(info, 76))

	long := CallInfo{UserUserInfo: make([]byte, MaxBlock+1)}
	require.Equal(t, 344, long.Needed(Version31), "left out whole")
	long.UserUserInfo = make([]byte, MaxBlock)
	require.Equal(t, 344+MaxBlock, long.Needed(Version31))
}
