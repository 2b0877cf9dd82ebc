package spec

// lineDevStatusLayout is LINEDEVSTATUS (decision TAPI-d.3).
var lineDevStatusLayout = newLayout(StructLineDevStatus, []member[LineDevStatus]{
	{name: "dwTotalSize", off: 0, size: 4, since: Version13, owner: header},
	{name: "dwNeededSize", off: 4, size: 4, since: Version13, owner: header},
	{name: "dwUsedSize", off: 8, size: 4, since: Version13, owner: header},
	{name: "dwNumOpens", off: 12, size: 4, since: Version13, owner: byTAPI},
	{name: "dwOpenMediaModes", off: 16, size: 4, since: Version13, owner: byTAPI},
	{name: "dwNumActiveCalls", off: 20, size: 4, since: Version13, word: func(x *LineDevStatus, _ Version) uint32 { return uint32(x.NumActiveCalls) }},
	{name: "dwNumOnHoldCalls", off: 24, size: 4, since: Version13, word: func(x *LineDevStatus, _ Version) uint32 { return uint32(x.NumOnHoldCalls) }},
	{name: "dwNumOnHoldPendCalls", off: 28, size: 4, since: Version13, word: func(x *LineDevStatus, _ Version) uint32 { return uint32(x.NumOnHoldPendCalls) }},
	{name: "dwLineFeatures", off: 32, size: 4, since: Version13, word: func(x *LineDevStatus, v Version) uint32 { return uint32(x.LineFeatures.In(v)) }},
	{name: "dwNumCallCompletions", off: 36, size: 4, since: Version13},
	{name: "dwRingMode", off: 40, size: 4, since: Version13, word: func(x *LineDevStatus, _ Version) uint32 { return uint32(x.RingMode) }},
	{name: "dwSignalLevel", off: 44, size: 4, since: Version13, word: func(x *LineDevStatus, _ Version) uint32 { return uint32(x.SignalLevel) }},
	{name: "dwBatteryLevel", off: 48, size: 4, since: Version13, word: func(x *LineDevStatus, _ Version) uint32 { return uint32(x.BatteryLevel) }},
	{name: "dwRoamMode", off: 52, size: 4, since: Version13, word: func(x *LineDevStatus, _ Version) uint32 { return uint32(x.RoamMode) }},
	{name: "dwDevStatusFlags", off: 56, size: 4, since: Version13, word: func(x *LineDevStatus, v Version) uint32 { return uint32(x.DevStatusFlags.In(v)) }},
	{name: "dwTerminalModes", off: 60, size: 8, since: Version13},
	{name: "dwDevSpecific", off: 68, size: 8, since: Version13, rank: 0, block: func(x *LineDevStatus) []byte { return x.DevSpecific }},
	{name: "dwAvailableMediaModes", off: 76, size: 4, since: Version20, word: func(x *LineDevStatus, v Version) uint32 { return uint32(x.AvailableMediaModes.In(v)) }},
	{name: "dwAppInfo", off: 80, size: 8, since: Version20, owner: byTAPI},
})
