package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
	"offhook/replay/source"
)

// Separator stands between a step and what followed.
const Separator = "----"

// StepText writes a record as a step of a scenario, without what followed.
func StepText(d engine.Dialect, dialable Dialable, r *trace.Record) string {
	var l line
	at := formatTime(r.At)
	switch r.Kind {
	case trace.Start:
		return startText(d, r)
	case trace.In:
		if l.word("recv").given("at", at); plain(r.Raw) {
			return l.end() + r.Raw + "\n"
		}
		l.given("raw", r.Raw)
	case trace.Skipped:
		l.word("skip").given("at", at).pair("code", r.Code).pair("text", r.Text).pair("raw", r.Raw)
	case trace.Up:
		l.word("resume").given("at", at).pair("jid", r.JID).pair("domain", r.Domain)
	case trace.Down:
		l.word("drop").given("at", at).pair("code", r.Code).pair("text", r.Text)
	case trace.Gap:
		l.word("gap").given("at", at).pair("code", r.Code).pair("text", r.Text)
	case trace.Request:
		requestText(&l, dialable, r)
	default:
		return TickText(r.At)
	}
	return l.end()
}

// startText prefers the readable form; what it cannot say (open calls) is kept as it is.
func startText(d engine.Dialect, r *trace.Record) string {
	var head struct {
		Capture bool            `json:"capture"`
		State   json.RawMessage `json:"state"`
	}
	set, err := engine.SettingsOf(*r)
	if err == nil && json.Unmarshal(r.Start, &head) == nil && (head.State == nil || string(head.State) == "null") && !head.Capture {
		if t, ok := configText(d, set, r.At); ok {
			return t
		}
	}
	return StartText(r)
}

// StartText keeps a start record as it is, on one line.
func StartText(r *trace.Record) string {
	var l line
	l.word("start").given("at", formatTime(r.At))
	var b bytes.Buffer
	if json.Compact(&b, r.Start) != nil {
		b.WriteString("{}") // a reader would have refused it
	}
	return l.end() + b.String() + "\n"
}

func requestText(l *line, dialable Dialable, r *trace.Record) {
	q := r.Request
	name, tspi := tspiName(q)
	if clean, refused := dialable.clean(q.Number); q.Number != "" && (refused != "" || clean != q.Number) {
		tspi = false // what is written must come out the same
	}
	if !tspi {
		l.word("request").given("at", formatTime(r.At)).word(quoted(q.Name)).pair("line", q.Line).number("call", q.Call).
			number("other", q.Other).pair("number", q.Number).number("request", q.ID)
		return
	}
	l.word("tspi").given("at", formatTime(r.At)).word(name).pair("line", q.Line).number("call", q.Call).
		number("consult", q.Other).pair("number", q.Number).number("request", q.ID)
	if q.Name == events.Conference.String() {
		l.given("mode", "conference")
	}
}

// Dialable cleans a number that a TAPI program wants to dial; refused is the name of the error the program gets
// (INVALADDRESS, …), empty for none. nil: numbers are taken as they are.
type Dialable func(number string) (clean, refused string)

func (d Dialable) clean(number string) (clean, refused string) {
	if d == nil {
		return number, ""
	}
	return d(number)
}

// TickText writes a step in which nothing but time passes.
func TickText(at int64) string {
	var l line
	return l.word("tick").word(formatTime(at)).end()
}

// SettingsText writes settings that are not the engine's as a config step, empty for none.
func SettingsText(set map[string]string) string {
	if len(set) == 0 {
		return ""
	}
	var l line
	l.word("config")
	for _, key := range slices.Sorted(maps.Keys(set)) {
		l.given(key, set[key])
	}
	return l.end()
}

// CallText writes an open call of a line, as the verb calls lists it, without a line end.
func CallText(address string, v *engine.CallView) string {
	var l line
	l.word("call").word(fmt.Sprintf("%s/%d", address, v.Number)).word(v.State.String())
	l.pair("from", v.Caller.Number).pair("to", v.Called.Number).pair("connected", v.Connected.Number)
	return strings.TrimSuffix(l.given("actions", strings.Join(v.Actions.Names(), ",")).end(), "\n")
}

// plain says whether a stanza can stand in a scenario as it is.
func plain(raw string) bool {
	return strings.HasPrefix(raw, "<") && !strings.HasPrefix(raw, "<?") && !strings.HasPrefix(raw, "<!") &&
		!strings.Contains(raw, "\r") && source.StanzaEnd(raw) == len(raw)
}
