package spec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// structure is what every encoded structure can do.
type structure interface {
	Encode(buf []byte, v Version) LineErr
	Image(v Version) Image
	Needed(v Version) int
}

// row is a member of a layout seen without its Go struct.
type row struct {
	name      string
	off, size int
	since     Version
	owner     owner
	kind      string // "text", "block", "classes" of a pair, else ""
}

type sample struct {
	kind Struct
	rows []row
	x    structure
}

func rowsOf[S any](l *layout[S]) []row {
	var out []row
	for _, m := range l.members {
		r := row{m.name, m.off, m.size, m.since, m.owner, ""}
		switch {
		case m.text != nil:
			r.kind = "text"
		case m.block != nil:
			r.kind = "block"
		case m.classes != nil:
			r.kind = "classes"
		}
		out = append(out, r)
	}
	return out
}

// nasty are texts from strangers.
var nasty = []string{
	"Jane Doe", "Jürgen Weiß", "山田太郎", "smile 😀 end", "half \xed\xa0\xbd pair", "\xff\xfe", "a\x00b",
	"two\r\nlines", "\u202eevil\u202c", "", " ", strings.Repeat("ü", 400), strings.Repeat("😀", 200), "\U0010FFFF\uFFFE",
}

func samples(seed uint64) []sample {
	r := rand.New(rand.NewPCG(seed, 1))
	text := func() string { return nasty[r.IntN(len(nasty))] }
	block := func() []byte { return bytes.Repeat([]byte{0xB1}, r.IntN(9)) }
	party := func() Party { return Party{Number: text(), Name: text(), Flags: PartyFlag(r.IntN(128))} }
	all := ^uint32(0)

	dev := NewLineDevCaps()
	dev.LineName, dev.ProviderInfo, dev.SwitchInfo, dev.DevSpecific = text(), text(), text(), block()
	dev.LineFeatures, dev.LineStates, dev.DevCapFlags = LineFeature(all), LineDevState(all), DevCapFlag(all)
	dev.PermanentLineGUID, dev.ProtocolGUID = fourWords(1, 2, 3, 4), fourWords(5, 6, 7, 8)

	addr := NewAddressCaps()
	addr.Address, addr.DevSpecific = text(), block()
	addr.DisconnectModes, addr.CallFeatures, addr.CallInfoStates = DisconnectMode(all), CallFeature(all), CallInfoState(all)
	addr.AddressFeatures, addr.ConnectedModes, addr.OfferingModes = AddrFeature(all), ConnectedMode(all), OfferingMode(all)
	addr.AddrCapFlags, addr.CallFeatures2, addr.AddressStates = AddrCapFlag(all), CallFeature2(all), AddressState(all)

	info := NewCallInfo()
	info.CallerID, info.CalledID, info.ConnectedID = party(), party(), party()
	info.RedirectionID, info.RedirectingID = party(), party()
	info.Display, info.UserUserInfo, info.CallData, info.DevSpecific = text(), block(), block(), block()
	info.Origin, info.Reason, info.CallID = CallOriginInbound, CallReasonCampedOn, 7
	info.DialParams = DialParams{1, 2, 3, 4}

	status := CallStatus{
		State: CallStateConnected, Mode: uint32(ConnectedModeActiveHeld),
		Features: CallFeature(all), Features2: CallFeature2(all), DevSpecific: block(),
		StateEntry: time.Date(2024, 2, 29, 23, 59, 58, 987e6, time.FixedZone("", 3600)),
	}
	return []sample{
		{StructLineDevCaps, rowsOf(lineDevCapsLayout), &dev},
		{StructLineAddressCaps, rowsOf(addressCapsLayout), &addr},
		{StructLineCallInfo, rowsOf(callInfoLayout), &info},
		{StructLineCallStatus, rowsOf(callStatusLayout), &status},
		{StructLineDevStatus, rowsOf(lineDevStatusLayout), &LineDevStatus{NumActiveCalls: 1, LineFeatures: LineFeature(all), DevStatusFlags: 5, DevSpecific: block()}},
		{StructLineAddressStatus, rowsOf(addressStatusLayout), &AddressStatus{NumInUse: 1, AddressFeatures: AddrFeature(all), DevSpecific: block()}},
		{StructVarString, rowsOf(varStringLayout), &VarString{Text: text(), Binary: block()}},
		{StructLineCallHubTrackingInfo, rowsOf(callHubTrackingLayout), &CallHubTrackingInfo{1, 2}},
	}
}

// eachSample runs f for several contents of every structure at every version.
func eachSample(t *testing.T, f func(t *testing.T, s sample, v Version)) {
	t.Helper()
	for seed := range uint64(12) {
		for _, s := range samples(seed) {
			for _, v := range Versions {
				t.Run(fmt.Sprintf("%s/%s/%d", s.kind, v, seed), func(t *testing.T) { f(t, s, v) })
			}
		}
	}
}

const pattern = 0xCC

// host gives a buffer as TAPI would: a pattern all over, dwTotalSize set, and
// canary bytes behind the total.
func host(total int) []byte {
	buf := bytes.Repeat([]byte{pattern}, total+64)
	binary.LittleEndian.PutUint32(buf, uint32(total))
	return buf
}
