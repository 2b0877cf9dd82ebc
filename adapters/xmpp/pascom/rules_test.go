package pascom

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
)

func stanza(payload string) string {
	return `<message to="switch@branch/offhook" from="pbx.branch">` + cmdOpen + `base">` + payload + `</cmd></message>`
}

func TestOffers(t *testing.T) {
	usual := []string{"dial", "answer", "drop", "hold", "unhold", "pickup", "blind-transfer", "setup-transfer",
		"complete-transfer", "conference"}
	require.Equal(t, usual, New(Options{}).Traits().Offers.Names())
	require.Equal(t, "pascom", New(Options{}).Name())
}

func TestOptions(t *testing.T) {
	for _, good := range []Options{{}, {Dial: DialFrom, Device: DeviceID, Prefix: "0", CommandTo: "pbx.branch"},
		{Dial: DialUsername, Device: DeviceName, Prefix: PrefixNone}} {
		require.NoError(t, good.Validate())
	}
	for want, bad := range map[string]Options{"dial": {Dial: "x"}, "device": {Device: "mac"}, "prefix": {Prefix: "0<"},
		"command_to": {CommandTo: "a b"}} {
		require.ErrorIs(t, bad.Validate(), ErrOption)
		require.ErrorContains(t, bad.Validate(), want+" ")
	}
	got := string(New(Options{Prefix: "\"/>"}).Encode(nil, "1", engine.Command{Kind: engine.CmdDial, Number: "7"}))
	require.Contains(t, got, `prefix="auto"`, "a bad setting counts as its default")
}

func TestWhoIsBelieved(t *testing.T) {
	home := engine.Origin{JID: "Switch@Branch/offhook", Domain: "Branch"}
	bare := engine.Origin{}
	for _, c := range []struct {
		where engine.Origin
		attrs string
		want  string // kind, and the code of what is ignored
	}{
		{home, `from="pbx.branch"`, "channel"},
		{home, `from="pbx.branch" to="x@evil.example"`, "channel"},
		{home, `from="pbx.evil.example" to="x@evil.example"`, "stranger"},
		{bare, `from="pbx.evil.example" to="x@evil.example"`, "channel"},
		{bare, `from="pbx.branch"`, "stranger"},
		{bare, `from="pbx."`, "stranger"},
		{bare, `from="pbx." to="x@"`, "stranger"},
		{home, `to="switch@branch"`, "stranger"},
		{home, `from="branch"`, "stranger"},
		{home, `from="x@pbx.branch"`, "stranger"},
		{home, `from="switch@branch"`, "stranger"},
	} {
		raw := `<message ` + c.attrs + `>` + cmdOpen + `base"><ChannelEvent><eventType>hangup</eventType><eventId>a</eventId></ChannelEvent></cmd></message>`
		o := decode(raw, c.where)
		got := kindNames[o.Kind]
		if o.Kind == engine.ObsIgnored {
			got = o.Code
		}
		require.Equal(t, c.want, got, c.attrs)
	}
}

func TestWhoMayReply(t *testing.T) {
	home := engine.Origin{JID: "switch@branch/offhook", Domain: "branch"}
	d := New(Options{CommandTo: "gate.example"})
	for from, want := range map[string]bool{"": true, "branch": true, "BRANCH": true, "pbx.branch": true, "gate.example": true,
		"switch@branch": true, "Switch@Branch": true, "switch@branch/offhook": true, "switch@branch/Offhook": false,
		"switch@branch.example": false, "ilund@branch": false, "example": false, "@branch": false, "/offhook": false} {
		require.Equal(t, want, d.trustsReply(from, "switch@branch/offhook", home), from)
		require.Equal(t, want, d.trustsReply(from, "switch@branch/offhook", engine.Origin{}), "bare file: "+from)
	}
	require.False(t, New(Options{}).trustsReply("gate.example", "", home))
}

func TestDeviceByID(t *testing.T) {
	raw := stanza(`<ChannelEvent><eventType>busy</eventType><eventId>a</eventId><device>Snom</device><deviceId>217</deviceId></ChannelEvent>`)
	for form, want := range map[string]string{"": "Snom", DeviceName: "Snom", DeviceID: "217"} {
		o := &engine.Observation{}
		New(Options{Device: form}).Decode(raw, home, o)
		require.Equal(t, want, o.Facts.Device)
	}
}

func TestCauses(t *testing.T) {
	for words, want := range map[string]events.Reason{"": 0, "mailbox": 0, "BUSY": events.ReasonBusy,
		"no answer": events.ReasonNoAnswer, "NO_ANSWER": events.ReasonNoAnswer, "noanswer": events.ReasonNoAnswer,
		"Do not disturb": events.ReasonDoNotDisturb, "out-of-order": events.ReasonOutOfOrder, "xyz": 0,
		"answered elsewhere": events.ReasonPickedUp, strings.Repeat(" ", 40) + "busy": 0} {
		require.Equal(t, want, causeOf(words), words)
	}
}

func TestBooleans(t *testing.T) {
	for s, want := range map[string][2]bool{"true": {true, true}, "TRUE": {true, true}, "1": {true, true}, " true\n": {true, true},
		"false": {false, true}, "False": {false, true}, "0": {false, true}, "": {false, true},
		"yes": {false, false}, "no": {false, false}, "2": {false, false}, "t": {false, false}} {
		v, ok := parseBool(s)
		require.Equal(t, want, [2]bool{v, ok}, s)
	}
}

func TestTimes(t *testing.T) {
	for s, want := range map[string]int64{"1709281862123": 1709281862123, "0": 0, "": 0, "-1": 0, "1e9": 0, " 5 ": 5,
		"999999999999999": 999999999999999, "9999999999999999": 0, "0x5": 0} {
		require.Equal(t, want, parseMillis(s), s)
	}
}

// tame says that text is fit for one line: valid, bounded, without characters that break or turn it.
func tame(t *testing.T, s string) {
	require.True(t, utf8.ValidString(s), "%q", s)
	require.LessOrEqual(t, len(s), maxText)
	require.Negative(t, strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u202E' }), "%q", s)
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "Vogt", " a\r\nb ", strings.Repeat("ä", 500), "\xff\xfe", "\u202Eabc", "\x7f", strings.Repeat("a\n", 900)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, s := range []string{cleanText(s), cleanNumber(s)} {
			tame(t, s)
		}
		require.Equal(t, cleanText(s), cleanText(cleanText(s)))
		if utf8.ValidString(s) && len(s) <= maxNumber {
			require.Empty(t, party(s, s, s).Name, "a name equal to the number")
		}
	})
}

// FuzzDecode holds that no stanza panics and that text is fit to be shown, whatever was sent.
func FuzzDecode(f *testing.F) {
	for _, folder := range []string{"valid", "invalid"} {
		for _, raw := range corpus(f, folder) {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, where := range []engine.Origin{home, {}} {
			o := decode(raw, where)
			for _, p := range []events.Party{o.Facts.Source, o.Facts.Target, o.Facts.Forwarder, o.Pickup.Caller} {
				tame(t, p.Number)
				tame(t, p.Name)
			}
			for _, s := range append([]string{o.Text, o.Code, o.Facts.Display, o.User, o.ID, o.Facts.Channel, o.Facts.Device,
				o.Record.Result, o.Record.Number, o.Found.User, o.Found.Name, o.Found.Extension}, o.Users...) {
				tame(t, s)
			}
			require.Equal(t, o.Kind == engine.ObsIgnored, o.Code != "" && o.Reply != engine.ReplyError)
			require.False(t, o.Kind == engine.ObsChannel && (o.Channel == 0 || o.Facts.Channel == ""))
		}
	})
}
