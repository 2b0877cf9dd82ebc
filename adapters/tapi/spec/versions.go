package spec

import "fmt"

// Version is a TAPI/TSPI version word, high half major, low half minor.
type Version uint32

// The versions offhook negotiates (decision B18).
const (
	Version13 Version = 0x00010003
	Version14 Version = 0x00010004
	Version20 Version = 0x00020000
	Version21 Version = 0x00020001
	Version22 Version = 0x00020002
	Version30 Version = 0x00030000
	Version31 Version = 0x00030001
)

// VersionProjection is the version the projection speaks unless told otherwise
// (decision A4).
const VersionProjection = Version31

// Versions lists every supported version, the oldest first.
var Versions = [...]Version{Version13, Version14, Version20, Version21, Version22, Version30, Version31}

// String gives "2.1".
func (v Version) String() string { return fmt.Sprintf("%d.%d", uint32(v)>>16, uint32(v)&0xffff) }

// Supported reports whether v is one of Versions.
func (v Version) Supported() bool { return v.index() >= 0 }

func (v Version) index() int {
	for i, known := range Versions {
		if known == v {
			return i
		}
	}
	return -1
}

// ParseVersion reads what String wrote, supported versions only.
func ParseVersion(text string) (Version, error) {
	for _, v := range Versions {
		if v.String() == text {
			return v, nil
		}
	}
	return 0, fmt.Errorf("spec: %w: version %q; supported are 1.3, 1.4, 2.0, 2.1, 2.2, 3.0 and 3.1", ErrUnknownName, text)
}

// Negotiate answers TSPI_lineNegotiateTSPIVersion: the highest supported
// version in [lo,hi], or INCOMPATIBLEAPIVERSION when there is none (rule R-02).
func Negotiate(lo, hi Version) (Version, LineErr) {
	for i := len(Versions) - 1; i >= 0; i-- {
		if v := Versions[i]; lo <= v && v <= hi {
			return v, LineErrNone
		}
	}
	return 0, LineErrIncompatibleAPIVersion
}

// Struct names a TAPI structure.
type Struct uint8

// The structures of decision TAPI-d.3.
const (
	StructLineDevCaps Struct = iota
	StructLineAddressCaps
	StructLineCallInfo
	StructLineCallStatus
	StructLineDevStatus
	StructLineAddressStatus
	StructLineCallParams
	StructVarString
	StructLineExtensionID
	StructLineCallHubTrackingInfo
)

var structTable = [...]struct {
	name  string
	fixed [len(Versions)]int
}{
	StructLineDevCaps:             {"LINEDEVCAPS", [...]int{236, 240, 252, 252, 268, 292, 292}},
	StructLineAddressCaps:         {"LINEADDRESSCAPS", [...]int{176, 180, 228, 228, 228, 228, 228}},
	StructLineCallInfo:            {"LINECALLINFO", [...]int{296, 296, 324, 324, 324, 344, 344}},
	StructLineCallStatus:          {"LINECALLSTATUS", [...]int{36, 36, 56, 56, 56, 56, 56}},
	StructLineDevStatus:           {"LINEDEVSTATUS", [...]int{76, 76, 88, 88, 88, 88, 88}},
	StructLineAddressStatus:       {"LINEADDRESSSTATUS", [...]int{64, 64, 64, 64, 64, 64, 64}},
	StructLineCallParams:          {"LINECALLPARAMS", [...]int{112, 112, 176, 176, 176, 180, 180}},
	StructVarString:               {"VARSTRING", [...]int{24, 24, 24, 24, 24, 24, 24}},
	StructLineExtensionID:         {"LINEEXTENSIONID", [...]int{16, 16, 16, 16, 16, 16, 16}},
	StructLineCallHubTrackingInfo: {"LINECALLHUBTRACKINGINFO", [...]int{20, 20, 20, 20, 20, 20, 20}},
}

// String gives the name in tapi.h.
func (s Struct) String() string {
	if int(s) < len(structTable) {
		return structTable[s].name
	}
	return fmt.Sprintf("Struct(%d)", uint8(s))
}

// FixedSize gives the bytes of the fixed part at a version (decision
// TAPI-d.2), 0 for a structure or version that is not known.
func (s Struct) FixedSize(v Version) int {
	i := v.index()
	if i < 0 || int(s) >= len(structTable) {
		return 0
	}
	return structTable[s].fixed[i]
}
