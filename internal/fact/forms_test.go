package fact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/fact"
)

// at is 2024-01-02T03:04:05.067Z.
const at = 1704164645067

var info = fact.Info{Origin: "EXTERNAL", Reason: "DIRECT", Caller: "0711", CallerName: "Vogt Ltd", Called: "41", CalledName: "Ida Lund",
	Connected: "0711", ConnectedName: `a "quoted" name`, Features: []string{"DROP", "HOLD"}}

const infoJSON = `"origin":"EXTERNAL","reason":"DIRECT","caller":"0711","callerName":"Vogt Ltd","called":"41","calledName":"Ida Lund",` +
	`"connected":"0711","connectedName":"a \"quoted\" name","redirecting":"","redirection":"","features":["DROP","HOLD"]`

// forms are facts of every kind with their text form and JSON form (decision D2).
var forms = []struct {
	name string
	fact fact.Fact
	text string
	json string
}{
	{"event", fact.Fact{Kind: fact.Event, At: at, Line: "41", Seq: 7, Name: "call.offered.v1", Source: "pbx.branch", Fields: []fact.Field{
		{Key: "line", Value: "41"}, {Key: "call", Value: "3", Unquoted: true}, {Key: "outbound", Value: "true", Unquoted: true},
		{Key: "fromName", Value: "Vogt Ltd"}, {Key: "to", Value: "41"}}},
		`event 7 call.offered.v1 line=41 call=3 outbound=true fromName="Vogt Ltd" to=41`,
		`{"kind":"event","at":"2024-01-02T03:04:05.067Z","line":"41","seq":7,"name":"call.offered.v1","source":"pbx.branch",` +
			`"call":3,"outbound":true,"fromName":"Vogt Ltd","to":"41"}`},
	{"event of no line", fact.Fact{Kind: fact.Event, Seq: 1, Name: "session.up.v1", Source: "pbx.branch",
		Fields: []fact.Field{{Key: "jid", Value: "ida@branch/x"}}},
		`event 1 session.up.v1 jid=ida@branch/x`,
		`{"kind":"event","at":"1970-01-01T00:00:00.000Z","seq":1,"name":"session.up.v1","source":"pbx.branch","jid":"ida@branch/x"}`},
	{"event with a field twice and one named like the event's own", fact.Fact{Kind: fact.Event, Line: "41", Seq: 2, Name: "line.learned.v1",
		Source: "pbx.branch", Fields: []fact.Field{{Key: "name", Value: "Ida"}, {Key: "device", Value: "A"}, {Key: "caps", Value: ""},
			{Key: "device", Value: "B"}, {Key: "caps", Value: "hold"}}},
		`event 2 line.learned.v1 name=Ida device=A caps="" device=B caps=hold`,
		`{"kind":"event","at":"1970-01-01T00:00:00.000Z","line":"41","seq":2,"name":"line.learned.v1","source":"pbx.branch","lineName":"Ida",` +
			`"device":"A","caps":"","device2":"B","caps2":"hold"}`},
	{"request's kind", fact.Fact{Kind: fact.Event, Seq: 3, Name: "request.issued.v1", Fields: []fact.Field{{Key: "kind", Value: "dial"}}},
		`event 3 request.issued.v1 kind=dial`,
		`{"kind":"event","at":"1970-01-01T00:00:00.000Z","seq":3,"name":"request.issued.v1","source":"","requestKind":"dial"}`},
	{"state", fact.Fact{Kind: fact.State, At: at, Line: "41", Call: 3, Channel: "SIP/1-2", From: "offering", To: "connected"},
		`state 41/3 offering -> connected`,
		`{"kind":"state","at":"2024-01-02T03:04:05.067Z","line":"41","call":3,"channel":"SIP/1-2","from":"offering","to":"connected"}`},
	{"state without a branch", fact.Fact{Kind: fact.State, Line: "ida lund", Call: 4294967295, From: "null", To: "dialing"},
		`state "ida lund"/4294967295 null -> dialing`,
		`{"kind":"state","at":"1970-01-01T00:00:00.000Z","line":"ida lund","call":4294967295,"channel":"","from":"null","to":"dialing"}`},
	{"line: call state", fact.Fact{Kind: fact.Line, At: at, Line: "41", Msg: "LINE_CALLSTATE", Call: 3, CallState: "CONNECTED", Mode: "ACTIVE", Info: &info},
		`line  41 LINE_CALLSTATE call=3 CONNECTED ACTIVE`,
		`{"kind":"line","at":"2024-01-02T03:04:05.067Z","line":"41","msg":"LINE_CALLSTATE","call":3,"state":"CONNECTED","mode":"ACTIVE",` + infoJSON + `}`},
	{"line: call info", fact.Fact{Kind: fact.Line, At: at, Line: "41", Msg: "LINE_CALLINFO", Call: 3, Bits: []string{"CALLERID", "CONNECTEDID"}, Info: &info},
		`line  41 LINE_CALLINFO call=3 CALLERID|CONNECTEDID origin=EXTERNAL reason=DIRECT caller=0711 callerName="Vogt Ltd" called=41 ` +
			`calledName="Ida Lund" connected=0711 connectedName="a \"quoted\" name"`,
		`{"kind":"line","at":"2024-01-02T03:04:05.067Z","line":"41","msg":"LINE_CALLINFO","call":3,"bits":["CALLERID","CONNECTEDID"],` + infoJSON + `}`},
	{"line: nothing is known and may be done", fact.Fact{Kind: fact.Line, Line: "41", Msg: "LINE_CALLSTATE", Call: 3, CallState: "IDLE", Info: &fact.Info{}},
		`line  41 LINE_CALLSTATE call=3 IDLE`,
		`{"kind":"line","at":"1970-01-01T00:00:00.000Z","line":"41","msg":"LINE_CALLSTATE","call":3,"state":"IDLE","origin":"","reason":"",` +
			`"caller":"","callerName":"","called":"","calledName":"","connected":"","connectedName":"","redirecting":"","redirection":"","features":[]}`},
	{"line: ringing", fact.Fact{Kind: fact.Line, Line: "41", Msg: "LINE_LINEDEVSTATE", Bits: []string{"RINGING"}, Ringing: true, RingMode: 1},
		`line  41 LINE_LINEDEVSTATE RINGING mode=1 count=0`,
		`{"kind":"line","at":"1970-01-01T00:00:00.000Z","line":"41","msg":"LINE_LINEDEVSTATE","bits":["RINGING"],"ringMode":1,"ringCount":0}`},
	{"line: address state", fact.Fact{Kind: fact.Line, Line: "41", Msg: "LINE_ADDRESSSTATE", Bits: []string{"NUMCALLS", "INUSEONE"}},
		`line  41 LINE_ADDRESSSTATE NUMCALLS|INUSEONE`,
		`{"kind":"line","at":"1970-01-01T00:00:00.000Z","line":"41","msg":"LINE_ADDRESSSTATE","bits":["NUMCALLS","INUSEONE"]}`},
	{"line: completion", fact.Fact{Kind: fact.Line, Line: "41", Msg: "ASYNC_COMPLETION", Request: 9, Result: "0"},
		`line  41 ASYNC_COMPLETION request=9 0`,
		`{"kind":"line","at":"1970-01-01T00:00:00.000Z","line":"41","msg":"ASYNC_COMPLETION","request":9,"result":"0"}`},
	{"line: failed completion", fact.Fact{Kind: fact.Line, Line: "41", Msg: "ASYNC_COMPLETION", Result: "OPERATIONFAILED"},
		`line  41 ASYNC_COMPLETION request=0 OPERATIONFAILED`,
		`{"kind":"line","at":"1970-01-01T00:00:00.000Z","line":"41","msg":"ASYNC_COMPLETION","request":0,"result":"OPERATIONFAILED"}`},
	{"send", fact.Fact{Kind: fact.Send, At: at, Raw: `<iq id="oh-1" type='get'/>`},
		`send  <iq id="oh-1" type='get'/>`,
		`{"kind":"send","at":"2024-01-02T03:04:05.067Z","raw":"<iq id=\"oh-1\" type='get'/>"}`},
	{"send over two lines", fact.Fact{Kind: fact.Send, Raw: "<iq a=\"1\">\n\\</iq>"},
		`send  <iq a="1">\n\\</iq>`,
		`{"kind":"send","at":"1970-01-01T00:00:00.000Z","raw":"<iq a=\"1\">\n\\</iq>"}`},
	{"ignored", fact.Fact{Kind: fact.Ignored, At: at, Line: "41", Code: "no-change", Text: "rings already", Channel: "SIP/1"},
		`ignored no-change: rings already channel=SIP/1`,
		`{"kind":"ignored","at":"2024-01-02T03:04:05.067Z","line":"41","why":"no-change: rings already","code":"no-change","channel":"SIP/1"}`},
	{"ignored and unreadable", fact.Fact{Kind: fact.Ignored, Code: "malformed", Text: "line 1:\nno", Raw: "<a"},
		`ignored malformed: line 1:\nno`,
		`{"kind":"ignored","at":"1970-01-01T00:00:00.000Z","why":"malformed: line 1:\nno","code":"malformed","raw":"<a"}`},
	{"notice", fact.Fact{Kind: fact.Notice, At: at, Line: "41", Seq: 9, Severity: "warning", Code: "user-unknown", Text: "no such\nuser"},
		`notice warning user-unknown: no such\nuser line=41`,
		`{"kind":"notice","at":"2024-01-02T03:04:05.067Z","line":"41","seq":9,"severity":"warning","code":"user-unknown","text":"no such\nuser"}`},
}

func TestForms(t *testing.T) {
	for _, c := range forms {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.text, string(c.fact.AppendText(nil)))
			require.Equal(t, c.json, string(c.fact.AppendJSON(nil)))
			require.Equal(t, "before "+c.text, string(c.fact.AppendText([]byte("before "))), "it appends")
			require.Equal(t, "{"+c.json, string(c.fact.AppendJSON([]byte("{"))), "it appends")
		})
	}
}

func TestEveryKindHasAForm(t *testing.T) {
	seen := map[fact.Kind]bool{}
	for _, c := range forms {
		seen[c.fact.Kind] = true
	}
	require.Equal(t, map[fact.Kind]bool{fact.Event: true, fact.State: true, fact.Line: true, fact.Send: true, fact.Ignored: true, fact.Notice: true}, seen)
}

func TestOnlyNumbersAndTruthStandWithoutQuotes(t *testing.T) {
	for value, want := range map[string]string{"0": "0", "17": "17", "-3": "-3", "true": "true", "false": "false", "": `""`, "007": `"007"`,
		"-": `"-"`, "1e9": `"1e9"`, "1.5": `"1.5"`, "null": `"null"`, "1,2": `"1,2"`, "}": `"}"`, "١": `"١"`} {
		f := fact.Fact{Kind: fact.Event, Fields: []fact.Field{{Key: "x", Value: value, Unquoted: true}}}
		require.Contains(t, string(f.AppendJSON(nil)), `"x":`+want+`}`, "%q", value)
	}
}
