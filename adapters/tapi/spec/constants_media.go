package spec

// MediaMode is the kind of media on a call; offhook's calls are INTERACTIVEVOICE.
type MediaMode uint32

// The LINEMEDIAMODE_* values.
const (
	MediaModeUnknown          MediaMode = 0x2
	MediaModeInteractiveVoice MediaMode = 0x4
	MediaModeAutomatedVoice   MediaMode = 0x8
	MediaModeDataModem        MediaMode = 0x10
	MediaModeG3Fax            MediaMode = 0x20
	MediaModeTDD              MediaMode = 0x40
	MediaModeG4Fax            MediaMode = 0x80
	MediaModeDigitalData      MediaMode = 0x100
	MediaModeTeletex          MediaMode = 0x200
	MediaModeVideotex         MediaMode = 0x400
	MediaModeTelex            MediaMode = 0x800
	MediaModeMixed            MediaMode = 0x1000
	MediaModeADSI             MediaMode = 0x2000
	MediaModeVoiceView        MediaMode = 0x4000
	MediaModeVideo            MediaMode = 0x8000
)

var mediaModeWords = family[MediaMode]{kind: "LINEMEDIAMODE", words: []word[MediaMode]{
	{MediaModeUnknown, "UNKNOWN", Version13},
	{MediaModeInteractiveVoice, "INTERACTIVEVOICE", Version13},
	{MediaModeAutomatedVoice, "AUTOMATEDVOICE", Version13},
	{MediaModeDataModem, "DATAMODEM", Version13},
	{MediaModeG3Fax, "G3FAX", Version13},
	{MediaModeTDD, "TDD", Version13},
	{MediaModeG4Fax, "G4FAX", Version13},
	{MediaModeDigitalData, "DIGITALDATA", Version13},
	{MediaModeTeletex, "TELETEX", Version13},
	{MediaModeVideotex, "VIDEOTEX", Version13},
	{MediaModeTelex, "TELEX", Version13},
	{MediaModeMixed, "MIXED", Version13},
	{MediaModeADSI, "ADSI", Version13},
	{MediaModeVoiceView, "VOICEVIEW", Version14},
	{MediaModeVideo, "VIDEO", Version21},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v MediaMode) String() string { return mediaModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v MediaMode) Names() []string { return mediaModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v MediaMode) In(ver Version) MediaMode { return mediaModeWords.in(v, ver) }

// ParseMediaMode reads what String wrote.
func ParseMediaMode(text string) (MediaMode, error) { return mediaModeWords.parse(text) }

// BearerMode is the service of the network that carries a call.
type BearerMode uint32

// The LINEBEARERMODE_* values.
const (
	BearerModeVoice            BearerMode = 0x1
	BearerModeSpeech           BearerMode = 0x2
	BearerModeMultiUse         BearerMode = 0x4
	BearerModeData             BearerMode = 0x8
	BearerModeAltSpeechData    BearerMode = 0x10
	BearerModeNonCallSignaling BearerMode = 0x20
	BearerModePassthrough      BearerMode = 0x40
	BearerModeRestrictedData   BearerMode = 0x80
)

var bearerModeWords = family[BearerMode]{kind: "LINEBEARERMODE", words: []word[BearerMode]{
	{BearerModeVoice, "VOICE", Version13},
	{BearerModeSpeech, "SPEECH", Version13},
	{BearerModeMultiUse, "MULTIUSE", Version13},
	{BearerModeData, "DATA", Version13},
	{BearerModeAltSpeechData, "ALTSPEECHDATA", Version13},
	{BearerModeNonCallSignaling, "NONCALLSIGNALING", Version13},
	{BearerModePassthrough, "PASSTHROUGH", Version14},
	{BearerModeRestrictedData, "RESTRICTEDDATA", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v BearerMode) String() string { return bearerModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v BearerMode) Names() []string { return bearerModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v BearerMode) In(ver Version) BearerMode { return bearerModeWords.in(v, ver) }

// ParseBearerMode reads what String wrote.
func ParseBearerMode(text string) (BearerMode, error) { return bearerModeWords.parse(text) }

// StringFormat says how the text of a VARSTRING or LINEDEVCAPS is written; offhook writes UNICODE.
type StringFormat uint32

// The STRINGFORMAT_* values.
const (
	StringFormatASCII   StringFormat = 0x1
	StringFormatDBCS    StringFormat = 0x2
	StringFormatUnicode StringFormat = 0x3
	StringFormatBinary  StringFormat = 0x4
)

var stringFormatWords = family[StringFormat]{kind: "STRINGFORMAT", enum: true, words: []word[StringFormat]{
	{StringFormatASCII, "ASCII", Version13},
	{StringFormatDBCS, "DBCS", Version13},
	{StringFormatUnicode, "UNICODE", Version13},
	{StringFormatBinary, "BINARY", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v StringFormat) String() string { return stringFormatWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v StringFormat) Names() []string { return stringFormatWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v StringFormat) In(ver Version) StringFormat { return stringFormatWords.in(v, ver) }

// ParseStringFormat reads what String wrote.
func ParseStringFormat(text string) (StringFormat, error) { return stringFormatWords.parse(text) }

// CallSelect says what lineGetID is asked about.
type CallSelect uint32

// The LINECALLSELECT_* values.
const (
	CallSelectLine     CallSelect = 0x1
	CallSelectAddress  CallSelect = 0x2
	CallSelectCall     CallSelect = 0x4
	CallSelectDeviceID CallSelect = 0x8
	CallSelectCallID   CallSelect = 0x10
)

var callSelectWords = family[CallSelect]{kind: "LINECALLSELECT", words: []word[CallSelect]{
	{CallSelectLine, "LINE", Version13},
	{CallSelectAddress, "ADDRESS", Version13},
	{CallSelectCall, "CALL", Version13},
	{CallSelectDeviceID, "DEVICEID", Version21},
	{CallSelectCallID, "CALLID", Version30},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallSelect) String() string { return callSelectWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallSelect) Names() []string { return callSelectWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallSelect) In(ver Version) CallSelect { return callSelectWords.in(v, ver) }

// ParseCallSelect reads what String wrote.
func ParseCallSelect(text string) (CallSelect, error) { return callSelectWords.parse(text) }

// GenerateTerm is the first parameter of LINE_GENERATE.
type GenerateTerm uint32

// The LINEGENERATETERM_* values.
const (
	GenerateTermDone   GenerateTerm = 0x1
	GenerateTermCancel GenerateTerm = 0x2
)

var generateTermWords = family[GenerateTerm]{kind: "LINEGENERATETERM", words: []word[GenerateTerm]{
	{GenerateTermDone, "DONE", Version13},
	{GenerateTermCancel, "CANCEL", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v GenerateTerm) String() string { return generateTermWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v GenerateTerm) Names() []string { return generateTermWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v GenerateTerm) In(ver Version) GenerateTerm { return generateTermWords.in(v, ver) }

// ParseGenerateTerm reads what String wrote.
func ParseGenerateTerm(text string) (GenerateTerm, error) { return generateTermWords.parse(text) }

// GatherTerm is the first parameter of LINE_GATHERDIGITS.
type GatherTerm uint32

// The LINEGATHERTERM_* values.
const (
	GatherTermBufferFull   GatherTerm = 0x1
	GatherTermTermDigit    GatherTerm = 0x2
	GatherTermFirstTimeout GatherTerm = 0x4
	GatherTermInterTimeout GatherTerm = 0x8
	GatherTermCancel       GatherTerm = 0x10
)

var gatherTermWords = family[GatherTerm]{kind: "LINEGATHERTERM", words: []word[GatherTerm]{
	{GatherTermBufferFull, "BUFFERFULL", Version13},
	{GatherTermTermDigit, "TERMDIGIT", Version13},
	{GatherTermFirstTimeout, "FIRSTTIMEOUT", Version13},
	{GatherTermInterTimeout, "INTERTIMEOUT", Version13},
	{GatherTermCancel, "CANCEL", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v GatherTerm) String() string { return gatherTermWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v GatherTerm) Names() []string { return gatherTermWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v GatherTerm) In(ver Version) GatherTerm { return gatherTermWords.in(v, ver) }

// ParseGatherTerm reads what String wrote.
func ParseGatherTerm(text string) (GatherTerm, error) { return gatherTermWords.parse(text) }

// OpenOption is an option of lineOpen.
type OpenOption uint32

// The LINEOPENOPTION_* values.
const (
	OpenOptionProxy         OpenOption = 0x40000000
	OpenOptionSingleAddress OpenOption = 0x80000000
)

var openOptionWords = family[OpenOption]{kind: "LINEOPENOPTION", words: []word[OpenOption]{
	{OpenOptionProxy, "PROXY", Version20},
	{OpenOptionSingleAddress, "SINGLEADDRESS", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v OpenOption) String() string { return openOptionWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v OpenOption) Names() []string { return openOptionWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v OpenOption) In(ver Version) OpenOption { return openOptionWords.in(v, ver) }

// ParseOpenOption reads what String wrote.
func ParseOpenOption(text string) (OpenOption, error) { return openOptionWords.parse(text) }
