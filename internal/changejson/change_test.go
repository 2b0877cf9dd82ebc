package changejson_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/changejson"
)

var kinds = []changejson.Kind{changejson.CallState, changejson.CallInfo, changejson.CallActions, changejson.CallRing, changejson.LineAdded,
	changejson.LineChanged, changejson.LineRemoved, changejson.RequestAccepted, changejson.RequestFinished, changejson.InputIgnored,
	changejson.NoticeRaised, changejson.SnapshotKind}

// sections gives the keys in the first column of the tables of each heading.
func sections(t *testing.T) map[string][]string {
	b, err := os.ReadFile("../../docs/integrate/json-changes.md")
	require.NoError(t, err)
	out, heading := map[string][]string{}, ""
	word := regexp.MustCompile("`([a-zA-Z.]+)`")
	for l := range strings.Lines(string(b)) {
		if h, ok := strings.CutPrefix(l, "## "); ok {
			heading = strings.TrimSpace(h)
		}
		if cell, ok := strings.CutPrefix(l, "| `"); ok {
			first, _, _ := strings.Cut("`"+cell, "|")
			for _, m := range word.FindAllStringSubmatch(first, -1) {
				out[heading] = append(out[heading], m[1])
			}
		}
	}
	return out
}

func keys(v any) (all []string) {
	t := reflect.TypeOf(v)
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}

// TestDocumentListsEveryKey holds docs/integrate/json-changes.md to the structs, both ways.
func TestDocumentListsEveryKey(t *testing.T) {
	doc := sections(t)
	for heading, v := range map[string]any{"Every change": changejson.Change{}, "Line": changejson.Line{}, "Call": changejson.Call{}, "Request": changejson.Request{}} {
		require.ElementsMatch(t, keys(v), doc[heading], heading)
	}
	var all []string
	for _, k := range kinds {
		all = append(all, string(k))
	}
	require.ElementsMatch(t, all, doc["Kinds"])
	b, err := os.ReadFile("../../docs/integrate/json-changes.md")
	require.NoError(t, err)
	for _, v := range []any{changejson.Position{}, changejson.Device{}, changejson.Party{}, changejson.Snapshot{}} {
		for _, k := range keys(v) {
			require.Contains(t, string(b), "`"+k+"`", "a key of %T", v)
		}
	}
}

// whole is a change of the kind with every field set.
func whole(k engine.ChangeKind) *engine.Change {
	line := &engine.LineView{Key: "ida", User: "Ida", Name: "Ida Lund", Address: "41", Permanent: 2, Supervisor: true, InService: true,
		Phone: events.PhoneInCall, Devices: []events.Device{{Name: "Desk", Kind: "snom", Roaming: true, Known: true, Capabilities: []string{"hold"}}},
		Actions: engine.ActDial, Offers: 1}
	party := events.Party{Number: "1", Name: "N"}
	call := &engine.CallView{Line: "ida", Number: 7, State: engine.Held, Outbound: true, Internal: true, Began: 1, Entered: 2, TalkSince: 3,
		Caller: party, Called: party, Connected: party, Redirecting: party, Redirection: party, Reason: events.ReasonPickup, Cause: events.ReasonNormal,
		Display: "Q", Channel: "c", Actions: engine.ActDrop, Request: 8, Related: 9, Stale: true}
	asker := events.Asker{Frontend: "tapi", Principal: "p", Ref: 4}
	return &engine.Change{Kind: k, Pos: engine.Position{Seq: 5, Index: 1}, At: 1704164645067, Event: events.CallHeld, Line: line, LineWas: line, Call: call,
		From: engine.Connected, To: engine.Held, Info: engine.InfoCaller | engine.InfoRelated, Severity: events.SeverityWarning, Code: "code", Text: "text", Channel: "c",
		Request:  events.RequestFacts{ID: 3, Kind: events.Conference, Line: "ida", Call: 7, Other: 6, Number: "1", Queued: true, Asker: asker},
		Finished: events.FinishedFacts{ID: 3, Kind: events.Hold, Line: "ida", Call: 7, Result: events.ResultFailed, Text: "no", Asker: asker}}
}

// TestEveryFieldIsWritten: a change with every field set gives an object with every key, and reading it gives the same.
func TestEveryFieldIsWritten(t *testing.T) {
	e := changejson.Encoder{Source: "branch"}
	seen := map[string]bool{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				seen[prefix+k] = true
				if k == "line" || k == "call" || k == "request" {
					if _, object := x.(map[string]any); object {
						walk(k+".", x)
					}
				}
			}
		}
	}
	for k := engine.CallMoved; k <= engine.NoticeRaised; k++ {
		c := whole(k)
		b := e.AppendChange([]byte("x"), c)[1:]
		var object map[string]any
		require.NoError(t, json.Unmarshal(b, &object))
		require.NotEmpty(t, object["kind"], "kind %d has no word", k)
		walk("", object)
		var back changejson.Change
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, e.Change(c), back)
	}
	for prefix, v := range map[string]any{"": changejson.Change{}, "line.": changejson.Line{}, "call.": changejson.Call{}, "request.": changejson.Request{}} {
		for _, k := range keys(v) {
			require.True(t, seen[prefix+k], "%s%s is never written", prefix, k)
		}
	}
	fresh := whole(engine.LineUpdated)
	fresh.LineWas = nil
	require.Equal(t, changejson.LineAdded, e.Change(fresh).Kind)
}

// TestOneChange is one change as a program reads it.
func TestOneChange(t *testing.T) {
	c := &engine.Change{Kind: engine.CallMoved, Pos: engine.Position{Seq: 15}, At: 1704164645067, Event: events.CallOffered, From: engine.Null, To: engine.Offering,
		Line: &engine.LineView{Key: "ilund", User: "ilund", Name: "Ida Lund", Address: "41", Permanent: 2, InService: true, Phone: events.PhoneFree},
		Call: &engine.CallView{Line: "ilund", Number: 1, State: engine.Offering, Began: 1704164645067, Caller: events.Party{Number: "0711"}}}
	require.Equal(t, `{"kind":"call.state","position":{"event":15,"index":0},"at":"2024-01-02T03:04:05.067Z","event":"call.offered.v1",`+
		`"line":{"key":"ilund","user":"ilund","name":"Ida Lund","address":"41","id":2,"inService":true,"phone":"free","actions":[]},`+
		`"call":{"id":1,"line":"ilund","state":"offering","direction":"inbound","began":"2024-01-02T03:04:05.067Z","caller":{"number":"0711"},"actions":[]},`+
		`"from":"null","to":"offering"}`, string(changejson.Encoder{}.AppendChange(nil, c)))
}

// TestSnapshot: an empty snapshot has empty lists, not null.
func TestSnapshot(t *testing.T) {
	require.Equal(t, `{"kind":"snapshot","position":{"event":0,"index":0},"at":"1970-01-01T00:00:00.000Z","lines":[],"calls":[]}`,
		string(changejson.Encoder{}.AppendSnapshot(nil, &engine.Snapshot{})))
	c := whole(engine.CallMoved)
	var back changejson.Snapshot
	b := changejson.Encoder{Source: "s"}.AppendSnapshot(nil, &engine.Snapshot{Lines: []engine.LineView{*c.Line}, Calls: []engine.CallView{*c.Call}})
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, *changejson.Encoder{}.Change(c).Call, back.Calls[0])
	require.Equal(t, *changejson.Encoder{}.Change(c).Line, back.Lines[0])
}
