package spec

// DialParams is LINEDIALPARAMS, times in milliseconds.
type DialParams struct {
	DialPause       uint32
	DialSpeed       uint32
	DigitDuration   uint32
	WaitForDialtone uint32
}

func (p DialParams) bytes() [16]byte {
	return fourWords(p.DialPause, p.DialSpeed, p.DigitDuration, p.WaitForDialtone)
}

func fourWords(a, b, c, d uint32) [16]byte {
	var out [16]byte
	for i, w := range [...]uint32{a, b, c, d} {
		putWord(out[:], 4*i, w)
	}
	return out
}

// ExtensionID is LINEEXTENSIONID. It has no sizes; offhook's is all zero: no
// extensions (rule R-13).
type ExtensionID struct{ ID [4]uint32 }

// Encode writes sixteen bytes; a shorter buffer gives STRUCTURETOOSMALL.
func (x *ExtensionID) Encode(buf []byte) LineErr {
	if len(buf) < StructLineExtensionID.FixedSize(Version13) {
		return LineErrStructureTooSmall
	}
	b := fourWords(x.ID[0], x.ID[1], x.ID[2], x.ID[3])
	copy(buf, b[:])
	return LineErrNone
}

// CallHubTrackingInfo is LINECALLHUBTRACKINGINFO; offhook tracks nothing.
type CallHubTrackingInfo struct {
	AvailableTracking uint32
	CurrentTracking   uint32
}

var callHubTrackingLayout = newLayout(StructLineCallHubTrackingInfo, []member[CallHubTrackingInfo]{
	{name: "dwTotalSize", off: 0, size: 4, since: Version13, owner: header},
	{name: "dwNeededSize", off: 4, size: 4, since: Version13, owner: header},
	{name: "dwUsedSize", off: 8, size: 4, since: Version13, owner: header},
	{name: "dwAvailableTracking", off: 12, size: 4, since: Version13, word: func(x *CallHubTrackingInfo, _ Version) uint32 { return x.AvailableTracking }},
	{name: "dwCurrentTracking", off: 16, size: 4, since: Version13, word: func(x *CallHubTrackingInfo, _ Version) uint32 { return x.CurrentTracking }},
})

// Encode is as LineDevCaps.Encode.
func (x *CallHubTrackingInfo) Encode(buf []byte, v Version) LineErr {
	return callHubTrackingLayout.encode(x, buf, v)
}

// Image is as LineDevCaps.Image.
func (x *CallHubTrackingInfo) Image(v Version) Image { return callHubTrackingLayout.newImage(x, v) }

// Needed is as LineDevCaps.Needed.
func (x *CallHubTrackingInfo) Needed(v Version) int { return callHubTrackingLayout.needed(x, v) }

// VarString is VARSTRING: one text or one block of bytes. A text, when there
// is one, goes before the block.
type VarString struct {
	Text   string
	Binary []byte
	Format StringFormat // of Binary; 0 means BINARY. A text is always UNICODE
}

var varStringLayout = newLayout(StructVarString, []member[VarString]{
	{name: "dwTotalSize", off: 0, size: 4, since: Version13, owner: header},
	{name: "dwNeededSize", off: 4, size: 4, since: Version13, owner: header},
	{name: "dwUsedSize", off: 8, size: 4, since: Version13, owner: header},
	{name: "dwStringFormat", off: 12, size: 4, since: Version13, word: func(x *VarString, _ Version) uint32 { return uint32(x.format()) }},
	{name: "dwString", off: 16, size: 8, since: Version13, block: func(x *VarString) []byte { return x.content() }},
})

func (x *VarString) format() StringFormat {
	switch {
	case x.Text != "":
		return StringFormatUnicode
	case x.Format == 0:
		return StringFormatBinary
	}
	return x.Format
}

func (x *VarString) content() []byte {
	if x.Text != "" {
		return appendText(nil, x.Text)
	}
	return x.Binary
}

// Encode is as LineDevCaps.Encode.
func (x *VarString) Encode(buf []byte, v Version) LineErr { return varStringLayout.encode(x, buf, v) }

// Image is as LineDevCaps.Image.
func (x *VarString) Image(v Version) Image { return varStringLayout.newImage(x, v) }

// Needed is as LineDevCaps.Needed.
func (x *VarString) Needed(v Version) int { return varStringLayout.needed(x, v) }

// DecodeVarString reads a VARSTRING that came from outside. Nothing beyond
// dwTotalSize or the buffer is read. Too few bytes for the fixed part give
// STRUCTURETOOSMALL, an item that does not lie behind the fixed part and
// within the total INVALPARAM. A UNICODE content comes back as Text, cut at
// its first NUL, any other as a copy in Binary.
func DecodeVarString(buf []byte) (VarString, LineErr) {
	fixed := StructVarString.FixedSize(Version13)
	room := roomOf(buf)
	if room < fixed {
		return VarString{}, LineErrStructureTooSmall
	}
	item, ok := itemAt(buf[:room], 16, fixed)
	if !ok {
		return VarString{}, LineErrInvalParam
	}
	x := VarString{Format: StringFormat(word32(buf, 12))}
	if x.Format == StringFormatUnicode {
		x.Text = wideString(item)
		return x, LineErrNone
	}
	x.Binary = append([]byte(nil), item...)
	return x, LineErrNone
}

// itemAt gives the item that a Size/Offset pair in buf points at: nil for size
// 0, not ok when it does not lie within [from, len(buf)].
func itemAt(buf []byte, pair, from int) ([]byte, bool) {
	size, off := uint64(word32(buf, pair)), uint64(word32(buf, pair+4))
	if size == 0 {
		return nil, true
	}
	if off < uint64(from) || off+size > uint64(len(buf)) {
		return nil, false
	}
	return buf[off : off+size : off+size], true
}
