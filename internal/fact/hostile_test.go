package fact_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"offhook/internal/fact"
)

// hostileTexts are the pieces that the tests make text of.
var hostileTexts = []string{"", "a", "41", `"`, `\`, `\n`, `\"`, "\n", "\r\n", "\t", "\x00", "\x1b[2J", "\x7f", "\x80", "\xff\xfe", "\xed\xa0\x80", "\xf4\x90",
	"ä", "\u0085", "\u00a0", "\u2028", "\u2029", "\u202e", "\ufeff", "\ufffd", "😀", "</message>", " ", "----", "=", "{}", "[", ",", "'"}

// factWith returns a fact of the kind whose text fields come from text.
func factWith(k fact.Kind, number uint32, text func() string) fact.Fact {
	return fact.Fact{Kind: k, At: int64(number) * 1000, Line: text(), Seq: uint64(number) << 21, Name: text(), Source: text(),
		Fields: []fact.Field{{Key: "line", Value: text()}, {Key: "text", Value: text()}, {Key: "name", Value: text()}, {Key: "call", Value: text(), Unquoted: true}},
		Call:   number, Channel: text(), From: text(), To: text(), Msg: text(), CallState: text(), Mode: text(), Bits: []string{text(), text()},
		Request: number, Result: text(), Ringing: number%2 == 0, RingMode: int(number % 8), RingCount: int(number % 5),
		Info: &fact.Info{Origin: text(), Reason: text(), Caller: text(), CallerName: text(), Called: text(), CalledName: text(), Connected: text(),
			ConnectedName: text(), Redirecting: text(), Redirection: text(), Features: []string{text()}},
		Raw: text(), Severity: text(), Code: text(), Text: text()}
}

// validUTF8 returns a text as JSON can hold it: each byte that is no UTF-8 becomes U+FFFD.
func validUTF8(s string) string { return string([]rune(s)) }

func jsonList(all ...string) []any {
	out := []any{}
	for _, s := range all {
		out = append(out, validUTF8(s))
	}
	return out
}

// wantObject returns the object that a fact's JSON must be, built in another way than AppendJSON does.
func wantObject(f *fact.Fact) map[string]any {
	o := map[string]any{}
	text := func(kv ...string) {
		for i := 0; i < len(kv); i += 2 {
			o[kv[i]] = validUTF8(kv[i+1])
		}
	}
	some := func(k, v string) {
		if v != "" {
			text(k, v)
		}
	}
	text("kind", string(f.Kind), "at", time.UnixMilli(f.At).UTC().Format("2006-01-02T15:04:05.000Z"))
	some("line", f.Line)
	switch f.Kind {
	case fact.Event:
		text("name", f.Name, "source", f.Source, "text", f.Fields[1].Value)
		word, _, _ := strings.Cut(f.Name, ".")
		text(validUTF8(word)+"Name", f.Fields[2].Value)
		o["seq"] = json.Number(fmt.Sprint(f.Seq))
		text("call", f.Fields[3].Value)
		if f.Fields[3].Value == "41" {
			o["call"] = json.Number("41")
		}
	case fact.State:
		o["call"] = json.Number(fmt.Sprint(f.Call))
		text("channel", f.Channel, "from", f.From, "to", f.To)
	case fact.Send:
		text("raw", f.Raw)
	case fact.Ignored:
		if f.Seq != 0 {
			o["seq"] = json.Number(fmt.Sprint(f.Seq))
		}
		text("why", f.Code+": "+f.Text, "code", f.Code)
		some("channel", f.Channel)
		some("raw", f.Raw)
	case fact.Notice:
		o["seq"] = json.Number(fmt.Sprint(f.Seq))
		text("severity", f.Severity, "code", f.Code, "text", f.Text)
	case fact.Line:
		text("msg", f.Msg)
		if f.Call != 0 {
			o["call"] = json.Number(fmt.Sprint(f.Call))
		}
		some("state", f.CallState)
		some("mode", f.Mode)
		o["bits"] = jsonList(f.Bits...)
		if f.Ringing {
			o["ringMode"], o["ringCount"] = json.Number(fmt.Sprint(f.RingMode)), json.Number(fmt.Sprint(f.RingCount))
		}
		if f.Msg == "ASYNC_COMPLETION" {
			o["request"] = json.Number(fmt.Sprint(f.Request))
			text("result", f.Result)
		}
		i := f.Info
		text("origin", i.Origin, "reason", i.Reason, "caller", i.Caller, "callerName", i.CallerName, "called", i.Called, "calledName", i.CalledName,
			"connected", i.Connected, "connectedName", i.ConnectedName, "redirecting", i.Redirecting, "redirection", i.Redirection)
		o["features"] = jsonList(i.Features...)
	}
	return o
}

// requireForms requires that a fact's JSON is the fact and nothing else, and that its text is one printable line.
func requireForms(t *testing.T, f *fact.Fact) {
	b := f.AppendJSON(nil)
	require.True(t, json.Valid(b), "%q", b)
	require.NotContains(t, string(b), "\n")
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	var got map[string]any
	require.NoError(t, dec.Decode(&got), "%s", b)
	require.Equal(t, wantObject(f), got, "%s", b)
	for _, r := range string(f.AppendText(nil)) {
		require.True(t, r == ' ' || unicode.IsPrint(r), "%q in %q", r, f.AppendText(nil))
	}
}

var kinds = []fact.Kind{fact.Event, fact.State, fact.Line, fact.Send, fact.Ignored, fact.Notice}

func TestHostileText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		f := factWith(kinds[r.IntN(len(kinds))], r.Uint32(), func() string {
			var b strings.Builder
			for range r.IntN(4) {
				b.WriteString(hostileTexts[r.IntN(len(hostileTexts))])
			}
			return b.String()
		})
		if f.Name == "" || r.IntN(4) == 0 {
			f.Name = "line.learned.v1"
		}
		if r.IntN(4) == 0 {
			f.Msg = "ASYNC_COMPLETION"
		}
		requireForms(t, &f)
	}
}

func FuzzFact(f *testing.F) {
	for i, s := range hostileTexts {
		f.Add(uint8(i), uint32(i), s)
	}
	f.Fuzz(func(t *testing.T, kind uint8, number uint32, s string) {
		x := factWith(kinds[int(kind)%len(kinds)], number, func() string { return s })
		x.Name = "line." + s
		x.Fields[3].Value = "x" + s
		requireForms(t, &x)
	})
}

func TestKeysAreUnique(t *testing.T) {
	f := fact.Fact{Kind: fact.Event, Name: "line.learned.v1"}
	for _, k := range []string{"line", "kind", "at", "seq", "name", "source", "name", "device", "device", "device"} {
		f.Fields = append(f.Fields, fact.Field{Key: k, Value: "v"})
	}
	dec := json.NewDecoder(strings.NewReader(string(f.AppendJSON(nil))))
	_, err := dec.Token()
	require.NoError(t, err)
	var keys []string
	for dec.More() {
		k, err := dec.Token()
		require.NoError(t, err)
		keys = append(keys, k.(string))
		_, err = dec.Token()
		require.NoError(t, err)
	}
	require.Equal(t, []string{"kind", "at", "seq", "name", "source", "lineKind", "lineAt", "lineSeq", "lineName", "lineSource", "lineName2",
		"device", "device2", "device3"}, keys)
}
