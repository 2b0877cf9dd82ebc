package spec

// addressStatusLayout is LINEADDRESSSTATUS (decision TAPI-d.3).
var addressStatusLayout = newLayout(StructLineAddressStatus, []member[AddressStatus]{
	{name: "dwTotalSize", off: 0, size: 4, since: Version13, owner: header},
	{name: "dwNeededSize", off: 4, size: 4, since: Version13, owner: header},
	{name: "dwUsedSize", off: 8, size: 4, since: Version13, owner: header},
	{name: "dwNumInUse", off: 12, size: 4, since: Version13, word: func(x *AddressStatus, _ Version) uint32 { return uint32(x.NumInUse) }},
	{name: "dwNumActiveCalls", off: 16, size: 4, since: Version13, word: func(x *AddressStatus, _ Version) uint32 { return uint32(x.NumActiveCalls) }},
	{name: "dwNumOnHoldCalls", off: 20, size: 4, since: Version13, word: func(x *AddressStatus, _ Version) uint32 { return uint32(x.NumOnHoldCalls) }},
	{name: "dwNumOnHoldPendCalls", off: 24, size: 4, since: Version13, word: func(x *AddressStatus, _ Version) uint32 { return uint32(x.NumOnHoldPendCalls) }},
	{name: "dwAddressFeatures", off: 28, size: 4, since: Version13, word: func(x *AddressStatus, v Version) uint32 { return uint32(x.AddressFeatures.In(v)) }},
	{name: "dwNumRingsNoAnswer", off: 32, size: 4, since: Version13, word: func(x *AddressStatus, _ Version) uint32 { return uint32(x.NumRingsNoAnswer) }},
	{name: "dwForwardNumEntries", off: 36, size: 4, since: Version13},
	{name: "dwForward", off: 40, size: 8, since: Version13},
	{name: "dwTerminalModes", off: 48, size: 8, since: Version13},
	{name: "dwDevSpecific", off: 56, size: 8, since: Version13, rank: 0, block: func(x *AddressStatus) []byte { return x.DevSpecific }},
})
