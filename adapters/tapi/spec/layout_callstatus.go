package spec

// callStatusLayout is LINECALLSTATUS (decision TAPI-d.3).
var callStatusLayout = newLayout(StructLineCallStatus, []member[CallStatus]{
	{name: "dwTotalSize", off: 0, size: 4, since: Version13, owner: header},
	{name: "dwNeededSize", off: 4, size: 4, since: Version13, owner: header},
	{name: "dwUsedSize", off: 8, size: 4, since: Version13, owner: header},
	{name: "dwCallState", off: 12, size: 4, since: Version13, word: func(x *CallStatus, _ Version) uint32 { return uint32(x.State) }},
	{name: "dwCallStateMode", off: 16, size: 4, since: Version13, word: func(x *CallStatus, v Version) uint32 { return DowngradeStateMode(x.State, x.Mode, v) }},
	{name: "dwCallPrivilege", off: 20, size: 4, since: Version13, owner: byTAPI},
	{name: "dwCallFeatures", off: 24, size: 4, since: Version13, word: func(x *CallStatus, v Version) uint32 { return uint32(x.Features.In(v)) }},
	{name: "dwDevSpecific", off: 28, size: 8, since: Version13, rank: 0, block: func(x *CallStatus) []byte { return x.DevSpecific }},
	{name: "dwCallFeatures2", off: 36, size: 4, since: Version20, word: func(x *CallStatus, v Version) uint32 { return uint32(x.Features2.In(v)) }},
	{name: "tStateEntryTime", off: 40, size: 16, since: Version20, bytes16: func(x *CallStatus) [16]byte { return systemTime(x.StateEntry) }},
})
