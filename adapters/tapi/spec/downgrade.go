package spec

// DowngradeDisconnectMode replaces a mode that v does not know by one it does:
// CANCELLED by NORMAL (decision B3), the others by UNKNOWN (decision TAPI-c.3).
func DowngradeDisconnectMode(m DisconnectMode, v Version) DisconnectMode {
	switch {
	case m.In(v) == m:
		return m
	case m == DisconnectModeCancelled:
		return DisconnectModeNormal
	}
	return DisconnectModeUnknown
}

// DowngradeConnectedMode replaces a mode that v does not know: held and
// confirmed forms lose the distinction below 2.0, and there is none below 1.4.
func DowngradeConnectedMode(m ConnectedMode, v Version) ConnectedMode {
	if m.In(v) != m {
		switch m {
		case ConnectedModeActiveHeld, ConnectedModeConfirmed:
			m = ConnectedModeActive
		case ConnectedModeInactiveHeld:
			m = ConnectedModeInactive
		}
	}
	return m.In(v)
}

// DowngradeOfferingMode gives 0 below 1.4, which has no offering modes.
func DowngradeOfferingMode(m OfferingMode, v Version) OfferingMode { return m.In(v) }

// DowngradeOrigin replaces INBOUND by UNKNOWN below 1.4.
func DowngradeOrigin(o CallOrigin, v Version) CallOrigin {
	if o.In(v) != o {
		return CallOriginUnknown
	}
	return o
}

// DowngradeReason replaces a reason that v does not know by UNKNOWN.
func DowngradeReason(r CallReason, v Version) CallReason {
	if r.In(v) != r {
		return CallReasonUnknown
	}
	return r
}

// DowngradeStateMode replaces the mode word of a state, that is p2 of
// LINE_CALLSTATE and LINECALLSTATUS.dwCallStateMode, by one that v knows
// (rule R-25). A state without a mode word gives 0; CONFERENCED keeps its handle.
func DowngradeStateMode(s CallState, mode uint32, v Version) uint32 {
	switch s {
	case CallStateConnected:
		return uint32(DowngradeConnectedMode(ConnectedMode(mode), v))
	case CallStateOffering:
		return uint32(DowngradeOfferingMode(OfferingMode(mode), v))
	case CallStateDisconnected:
		return uint32(DowngradeDisconnectMode(DisconnectMode(mode), v))
	case CallStateBusy:
		return uint32(BusyMode(mode).In(v))
	case CallStateDialTone:
		return uint32(DialToneMode(mode).In(v))
	case CallStateSpecialInfo:
		return uint32(SpecialInfo(mode).In(v))
	case CallStateConferenced:
		return mode
	}
	return 0
}

// ModeText writes the mode word of a state by its family's names, "0" for none;
// of states without a family it writes the number.
func ModeText(s CallState, mode uint32) string {
	switch s {
	case CallStateConnected:
		return ConnectedMode(mode).String()
	case CallStateOffering:
		return OfferingMode(mode).String()
	case CallStateDisconnected:
		return DisconnectMode(mode).String()
	case CallStateBusy:
		return BusyMode(mode).String()
	case CallStateDialTone:
		return DialToneMode(mode).String()
	case CallStateSpecialInfo:
		return SpecialInfo(mode).String()
	}
	return noFamily.text(mode)
}

var noFamily = family[uint32]{kind: "mode"}
