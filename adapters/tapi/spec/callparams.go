package spec

// CallParams is LINECALLPARAMS, the wishes that come with a new call. It is
// input: every member is a copy and none points into the caller's buffer.
// Zero values mean what TAPI's NULL means: voice, interactive media.
type CallParams struct {
	BearerMode     BearerMode
	MinRate        uint32 // bit/s
	MaxRate        uint32
	MediaMode      MediaMode
	Flags          CallParamFlag
	AddressMode    AddressMode
	AddressID      uint32
	DialParams     DialParams
	OrigAddress    string // with AddressMode DIALABLEADDR
	DisplayAddress string
	CalledParty    string
	Comment        string
	UserUserInfo   []byte
	DevSpecific    []byte

	TargetAddress   string // since 2.0: one-step transfer
	DeviceClass     string // since 2.0
	DeviceConfig    []byte // since 2.0
	CallData        []byte // since 2.0
	NoAnswerTimeout uint32 // since 2.0, seconds
	CallingPartyID  string // since 2.0, with ADDRCAPFLAGS SETCALLINGID

	AddressType AddressType // since 3.0
}

// DefaultCallParams is what NULL stands for.
func DefaultCallParams() CallParams {
	return CallParams{BearerMode: BearerModeVoice, MediaMode: MediaModeInteractiveVoice, AddressMode: AddressModeAddressID}
}

// paramsLayout is LINECALLPARAMS (decision TAPI-d.3), its members in order.
// High- and low-level compatibility and flow specifications are not read.
var paramsLayout = []param{
	{off: 4, since: Version13, word: func(x *CallParams, w uint32) { x.BearerMode = BearerMode(w) }},
	{off: 8, since: Version13, word: func(x *CallParams, w uint32) { x.MinRate = w }},
	{off: 12, since: Version13, word: func(x *CallParams, w uint32) { x.MaxRate = w }},
	{off: 16, since: Version13, word: func(x *CallParams, w uint32) { x.MediaMode = MediaMode(w) }},
	{off: 20, since: Version13, word: func(x *CallParams, w uint32) { x.Flags = CallParamFlag(w) }},
	{off: 24, since: Version13, word: func(x *CallParams, w uint32) { x.AddressMode = AddressMode(w) }},
	{off: 28, since: Version13, word: func(x *CallParams, w uint32) { x.AddressID = w }},
	{off: 32, since: Version13, word: func(x *CallParams, w uint32) { x.DialParams.DialPause = w }},
	{off: 36, since: Version13, word: func(x *CallParams, w uint32) { x.DialParams.DialSpeed = w }},
	{off: 40, since: Version13, word: func(x *CallParams, w uint32) { x.DialParams.DigitDuration = w }},
	{off: 44, since: Version13, word: func(x *CallParams, w uint32) { x.DialParams.WaitForDialtone = w }},
	{off: 48, since: Version13, item: func(x *CallParams, b []byte) { x.OrigAddress = wideString(b) }},
	{off: 56, since: Version13, item: func(x *CallParams, b []byte) { x.DisplayAddress = wideString(b) }},
	{off: 64, since: Version13, item: func(x *CallParams, b []byte) { x.CalledParty = wideString(b) }},
	{off: 72, since: Version13, item: func(x *CallParams, b []byte) { x.Comment = wideString(b) }},
	{off: 80, since: Version13, item: func(x *CallParams, b []byte) { x.UserUserInfo = copied(b) }},
	{off: 104, since: Version13, item: func(x *CallParams, b []byte) { x.DevSpecific = copied(b) }},
	{off: 116, since: Version20, item: func(x *CallParams, b []byte) { x.TargetAddress = wideString(b) }},
	{off: 140, since: Version20, item: func(x *CallParams, b []byte) { x.DeviceClass = wideString(b) }},
	{off: 148, since: Version20, item: func(x *CallParams, b []byte) { x.DeviceConfig = copied(b) }},
	{off: 156, since: Version20, item: func(x *CallParams, b []byte) { x.CallData = copied(b) }},
	{off: 164, since: Version20, word: func(x *CallParams, w uint32) { x.NoAnswerTimeout = w }},
	{off: 168, since: Version20, item: func(x *CallParams, b []byte) { x.CallingPartyID = wideString(b) }},
	{off: 176, since: Version30, word: func(x *CallParams, w uint32) { x.AddressType = AddressType(w) }},
}

type param struct {
	off   int
	since Version
	word  func(*CallParams, uint32)
	item  func(*CallParams, []byte)
}

func (p *param) size() int {
	if p.item != nil {
		return 8
	}
	return 4
}

// DecodeCallParams reads LINECALLPARAMS at version v. nil, which is NULL,
// gives DefaultCallParams. Nothing beyond dwTotalSize, or beyond buf, is read:
// members that do not lie within it keep their defaults, and members newer
// than v are not looked at. A total below 112, and an item outside the total
// or inside the smallest fixed part, give INVALCALLPARAMS (rule R-26).
func DecodeCallParams(buf []byte, v Version) (CallParams, LineErr) {
	x := DefaultCallParams()
	if buf == nil {
		return x, LineErrNone
	}
	if !v.Supported() {
		return x, LineErrIncompatibleAPIVersion
	}
	room, least := roomOf(buf), StructLineCallParams.FixedSize(Version13)
	if room < least {
		return x, LineErrInvalCallParams
	}
	for i := range paramsLayout {
		p := &paramsLayout[i]
		if p.since > v || p.off+p.size() > room {
			continue
		}
		if !p.read(&x, buf[:room], least) {
			return DefaultCallParams(), LineErrInvalCallParams
		}
	}
	return x.defaulted(), LineErrNone
}

func (p *param) read(x *CallParams, buf []byte, least int) bool {
	if p.word != nil {
		p.word(x, word32(buf, p.off))
		return true
	}
	item, ok := itemAt(buf, p.off, least)
	if ok && item != nil {
		p.item(x, item)
	}
	return ok
}

// defaulted gives the three modes their defaults where the caller wrote 0.
func (x CallParams) defaulted() CallParams {
	d := DefaultCallParams()
	if x.BearerMode == 0 {
		x.BearerMode = d.BearerMode
	}
	if x.MediaMode == 0 {
		x.MediaMode = d.MediaMode
	}
	if x.AddressMode == 0 {
		x.AddressMode = d.AddressMode
	}
	return x
}

// Check judges the wishes against what a line of offhook offers (decision
// TAPI-b.3): voice or speech as the bearer, interactive voice as the
// only media, address 0. The address text of DIALABLEADDR is the caller's to
// compare.
func (x *CallParams) Check() LineErr {
	switch {
	case x.BearerMode.In(VersionProjection) != x.BearerMode:
		return LineErrInvalBearerMode
	case x.BearerMode&^(BearerModeVoice|BearerModeSpeech) != 0:
		return LineErrBearerModeUnavail
	case x.MediaMode != MediaModeInteractiveVoice:
		return LineErrInvalMediaMode
	case x.AddressMode != AddressModeAddressID && x.AddressMode != AddressModeDialableAddr:
		return LineErrInvalAddressMode
	case x.AddressMode == AddressModeAddressID && x.AddressID != 0:
		return LineErrInvalAddressID
	}
	return LineErrNone
}

func copied(b []byte) []byte { return append([]byte(nil), b...) }
