package spec

// LineDevStatus is LINEDEVSTATUS: the line at this moment.
type LineDevStatus struct {
	NumActiveCalls      uint32 // neither idle nor held; DISCONNECTED counts (decision B14)
	NumOnHoldCalls      uint32
	NumOnHoldPendCalls  uint32
	LineFeatures        LineFeature
	RingMode            uint32 // 0 when quiet
	SignalLevel         uint32 // 0 to 0xFFFF
	BatteryLevel        uint32 // 0 to 0xFFFF
	RoamMode            uint32
	DevStatusFlags      DevStatusFlag
	AvailableMediaModes MediaMode // since 2.0
	DevSpecific         []byte
}

// Encode is as LineDevCaps.Encode.
func (x *LineDevStatus) Encode(buf []byte, v Version) LineErr {
	return lineDevStatusLayout.encode(x, buf, v)
}

// Image is as LineDevCaps.Image.
func (x *LineDevStatus) Image(v Version) Image { return lineDevStatusLayout.newImage(x, v) }

// Needed is as LineDevCaps.Needed.
func (x *LineDevStatus) Needed(v Version) int { return lineDevStatusLayout.needed(x, v) }

// AddressStatus is LINEADDRESSSTATUS: the address at this moment.
type AddressStatus struct {
	NumInUse           uint32 // stations using the address, 0 or 1
	NumActiveCalls     uint32
	NumOnHoldCalls     uint32
	NumOnHoldPendCalls uint32
	AddressFeatures    AddrFeature
	NumRingsNoAnswer   uint32
	DevSpecific        []byte
}

// Encode is as LineDevCaps.Encode.
func (x *AddressStatus) Encode(buf []byte, v Version) LineErr {
	return addressStatusLayout.encode(x, buf, v)
}

// Image is as LineDevCaps.Image.
func (x *AddressStatus) Image(v Version) Image { return addressStatusLayout.newImage(x, v) }

// Needed is as LineDevCaps.Needed.
func (x *AddressStatus) Needed(v Version) int { return addressStatusLayout.needed(x, v) }
