package spec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Rule R-02: all pairs out of nine versions.
func TestNegotiate(t *testing.T) {
	ask := append(Versions[:], 0x00030002, 0x00040000)
	for i, lo := range ask {
		for j, hi := range ask {
			got, err := Negotiate(lo, hi)
			best := min(j, len(Versions)-1)
			if i > best {
				require.Equal(t, LineErrIncompatibleAPIVersion, err, "%s..%s", lo, hi)
				continue
			}
			require.Equal(t, LineErrNone, err, "%s..%s", lo, hi)
			require.Equal(t, Versions[best], got)
		}
	}
	got, err := Negotiate(0, 0xFFFFFFFF)
	require.Equal(t, LineErrNone, err)
	require.Equal(t, Version31, got)
}

func TestVersionWords(t *testing.T) {
	for _, v := range Versions {
		require.True(t, v.Supported())
		back, err := ParseVersion(v.String())
		require.NoError(t, err)
		require.Equal(t, v, back)
	}
	require.Equal(t, "2.1", Version21.String())
	require.False(t, Version(0x00020003).Supported())
	_, err := ParseVersion("2.3")
	require.ErrorIs(t, err, ErrUnknownName)
	require.Zero(t, StructLineCallInfo.FixedSize(0x00020003))
	require.Zero(t, Struct(99).FixedSize(Version31))
	require.Equal(t, "Struct(99)", Struct(99).String())
}

func TestDowngradeDisconnectMode(t *testing.T) {
	for _, w := range disconnectModeWords.words {
		for _, v := range Versions {
			got := DowngradeDisconnectMode(w.value, v)
			require.Equal(t, got, got.In(v), "%s at %s", w.name, v)
			require.NotZero(t, got)
			if w.since <= v {
				require.Equal(t, w.value, got)
			}
		}
	}
	require.Equal(t, DisconnectModeNormal, DowngradeDisconnectMode(DisconnectModeCancelled, Version14))
	require.Equal(t, DisconnectModeUnknown, DowngradeDisconnectMode(DisconnectModeBlocked, Version14))
	require.Equal(t, DisconnectModeUnknown, DowngradeDisconnectMode(DisconnectModeNoDialTone, Version13))
	require.Equal(t, DisconnectModeNoDialTone, DowngradeDisconnectMode(DisconnectModeNoDialTone, Version14))
}

func TestDowngradeModeWords(t *testing.T) {
	for _, c := range []struct {
		state CallState
		mode  uint32
		v     Version
		want  uint32
	}{
		{CallStateConnected, uint32(ConnectedModeActive), Version13, 0},
		{CallStateConnected, uint32(ConnectedModeActive), Version14, uint32(ConnectedModeActive)},
		{CallStateConnected, uint32(ConnectedModeActiveHeld), Version14, uint32(ConnectedModeActive)},
		{CallStateConnected, uint32(ConnectedModeInactiveHeld), Version14, uint32(ConnectedModeInactive)},
		{CallStateConnected, uint32(ConnectedModeConfirmed), Version13, 0},
		{CallStateConnected, uint32(ConnectedModeActiveHeld), Version20, uint32(ConnectedModeActiveHeld)},
		{CallStateOffering, uint32(OfferingModeInactive), Version13, 0},
		{CallStateOffering, uint32(OfferingModeInactive), Version14, uint32(OfferingModeInactive)},
		{CallStateDisconnected, uint32(DisconnectModeCancelled), Version13, uint32(DisconnectModeNormal)},
		{CallStateBusy, uint32(BusyModeStation), Version13, uint32(BusyModeStation)},
		{CallStateBusy, 0x40, Version31, 0},
		{CallStateDialTone, uint32(DialToneModeInternal), Version13, uint32(DialToneModeInternal)},
		{CallStateSpecialInfo, uint32(SpecialInfoReorder), Version13, uint32(SpecialInfoReorder)},
		{CallStateConferenced, 0xABCD, Version13, 0xABCD},
		{CallStateIdle, 1, Version31, 0},
	} {
		require.Equal(t, c.want, DowngradeStateMode(c.state, c.mode, c.v), "%s %#x at %s", c.state, c.mode, c.v)
	}
	require.Equal(t, CallOriginUnknown, DowngradeOrigin(CallOriginInbound, Version13))
	require.Equal(t, CallOriginInbound, DowngradeOrigin(CallOriginInbound, Version14))
	require.Equal(t, CallReasonUnknown, DowngradeReason(CallReasonCampedOn, Version14))
	require.Equal(t, CallReasonTransfer, DowngradeReason(CallReasonTransfer, Version13))
	require.Zero(t, CallFeature2TransferNorm.In(Version14))
	require.Equal(t, CallFeature2TransferNorm, CallFeature2TransferNorm.In(Version20))
	require.Equal(t, CallFeatureDrop, (CallFeatureDrop | CallFeatureSetCallData).In(Version14))
	require.Equal(t, RemoveFromConfAny, RemoveFromConfAny.In(Version13))
}

func TestModeText(t *testing.T) {
	for want, c := range map[string]struct {
		state CallState
		mode  uint32
	}{
		"ACTIVEHELD": {CallStateConnected, 4}, "INACTIVE": {CallStateOffering, 2}, "BUSY": {CallStateDisconnected, 0x20},
		"STATION": {CallStateBusy, 1}, "EXTERNAL": {CallStateDialTone, 8}, "REORDER": {CallStateSpecialInfo, 4},
		"0": {CallStateIdle, 0}, "0x12": {CallStateConferenced, 0x12},
	} {
		require.Equal(t, want, ModeText(c.state, c.mode))
	}
}
