package projection

import (
	"crypto/sha1"

	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// callStates are all states that offhook sends (rule R-24).
const callStates = spec.CallStateIdle | spec.CallStateOffering | spec.CallStateDialTone | spec.CallStateDialing | spec.CallStateRingback |
	spec.CallStateBusy | spec.CallStateConnected | spec.CallStateProceeding | spec.CallStateOnHold | spec.CallStateOnHoldPendTransfer |
	spec.CallStateDisconnected | spec.CallStateUnknown

// callInfoStates are all bits of LINE_CALLINFO that offhook sends.
const callInfoStates = spec.CallInfoStateMediaMode | spec.CallInfoStateAppSpecific | spec.CallInfoStateRelatedCallID | spec.CallInfoStateOrigin |
	spec.CallInfoStateReason | spec.CallInfoStateCallerID | spec.CallInfoStateCalledID | spec.CallInfoStateConnectedID |
	spec.CallInfoStateRedirectionID | spec.CallInfoStateRedirectingID | spec.CallInfoStateDisplay

const (
	addressStates = spec.AddressStateOther | spec.AddressStateInUseZero | spec.AddressStateInUseOne | spec.AddressStateNumCalls
	lineStates    = spec.LineDevStateRinging | spec.LineDevStateConnected | spec.LineDevStateDisconnected | spec.LineDevStateInService |
		spec.LineDevStateOutOfService
	partyFlags = spec.PartyFlagBlocked | spec.PartyFlagName | spec.PartyFlagAddress | spec.PartyFlagUnknown
)

// maxCalls is the number of calls of a line in the capabilities. Nothing is refused because of it: the phone and the PBX
// set the real limit, which offhook cannot read. It is more than a desk phone can show.
const maxCalls = 8

// allDisconnectModes is the union of the modes in disconnectModes.
func allDisconnectModes() spec.DisconnectMode {
	var m spec.DisconnectMode
	for _, mode := range disconnectModes {
		m |= mode
	}
	return m
}

// LineName returns the name that users see: "Full Name (extension)", byte for byte (decision B18).
func LineName(v *engine.LineView) string {
	switch {
	case v.Name == "" && v.Address == "":
		return v.User
	case v.Name == "":
		return v.Address
	case v.Address == "":
		return v.Name
	}
	return v.Name + " (" + v.Address + ")"
}

// LineGUID is PermanentLineGuid: a name-based UUID (RFC 9562 clause 5.5) of the PBX and its user, equal on every start
// and every machine (rule R-09). In the byte order of a Windows GUID.
func LineGUID(source, user string) [16]byte {
	namespace := [16]byte{0x6f, 0x66, 0x66, 0x68, 0x6f, 0x6f, 0x4b, 0x6c, 0x9a, 0x1e, 0x74, 0x61, 0x70, 0x69, 0x00, 0x01}
	h := sha1.New()
	h.Write(namespace[:])
	h.Write([]byte(source))
	h.Write([]byte{0})
	h.Write([]byte(user))
	var g [16]byte
	copy(g[:], h.Sum(nil))
	g[6], g[8] = g[6]&0x0f|0x50, g[8]&0x3f|0x80
	g[0], g[1], g[2], g[3] = g[3], g[2], g[1], g[0]
	g[4], g[5], g[6], g[7] = g[5], g[4], g[7], g[6]
	return g
}

// DevCapsOf returns LINEDEVCAPS of a line on a PBX that offers the actions.
func DevCapsOf(v *engine.LineView, source string, offers engine.Actions) spec.LineDevCaps {
	c := spec.NewLineDevCaps()
	c.LineName, c.ProviderInfo, c.SwitchInfo = LineName(v), "offhook", source
	c.PermanentLineID, c.PermanentLineGUID = v.Permanent, LineGUID(source, v.Key)
	c.MaxNumActiveCalls, c.LineStates = maxCalls, lineStates
	if offers.Has(engine.ActDial) {
		c.LineFeatures = spec.LineFeatureMakeCall
	}
	return c
}

// AddressCapsOf returns LINEADDRESSCAPS: a superset of everything that is sent or reported (rule R-24).
func AddressCapsOf(v *engine.LineView, device uint32, offers engine.Actions) spec.AddressCaps {
	c := spec.NewAddressCaps()
	c.LineDeviceID, c.Address = device, v.Address
	c.AddressStates, c.CallInfoStates, c.CallStates = addressStates, callInfoStates, callStates
	for _, f := range [...]*spec.PartyFlag{&c.CallerIDFlags, &c.CalledIDFlags, &c.ConnectedIDFlags, &c.RedirectionIDFlags, &c.RedirectingIDFlags} {
		*f = partyFlags
	}
	c.DialToneModes, c.BusyModes, c.DisconnectModes = spec.DialToneModeNormal, spec.BusyModeStation, allDisconnectModes()
	c.ConnectedModes, c.OfferingModes = spec.ConnectedModeActive, spec.OfferingModeActive
	c.MaxNumActiveCalls = maxCalls
	c.CallFeatures = CallFeaturesOffered(offers)
	c.CallFeatures2 = features2(c.CallFeatures)
	if offers.Has(engine.ActDial) {
		c.AddressFeatures |= spec.AddrFeatureMakeCall
	}
	if offers.Has(engine.ActPickup) {
		c.AddressFeatures |= spec.AddrFeaturePickup | spec.AddrFeaturePickupDirect
	}
	if offers.Has(engine.ActHold) {
		c.MaxNumOnHoldCalls = maxCalls
	}
	if offers.Has(engine.ActCompleteTransfer) {
		c.TransferModes = spec.TransferModeTransfer
		c.AddrCapFlags |= spec.AddrCapFlagTransferHeld
	}
	if offers.Has(engine.ActSetupTransfer) {
		c.MaxNumOnHoldPendingCalls = 1
		c.AddrCapFlags |= spec.AddrCapFlagTransferMake
	}
	return c
}

// CallFeaturesOffered is the union of the call features over all states; DISCONNECTED can always be dropped.
func CallFeaturesOffered(offers engine.Actions) spec.CallFeature {
	f := FeaturesOf(offers) | spec.CallFeatureDrop
	if offers.Has(engine.ActDial) {
		f |= spec.CallFeatureDial
	}
	return f
}
