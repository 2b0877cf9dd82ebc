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

// Separator stands between a step and the facts that follow from it.
const Separator = "----"

// StepText writes a record as a step of a scenario, without facts.
func StepText(d engine.Dialect, dialable NumberCleaner, r *trace.Record) string {
	var l stepLine
	at := formatTime(r.At)
	switch r.Kind {
	case trace.Start:
		return startText(d, r)
	case trace.In:
		if l.word("recv").pair("at", at); fitsBelowRecv(r.Raw) {
			return l.text() + r.Raw + "\n"
		}
		l.pair("raw", r.Raw)
	case trace.Skipped:
		l.word("skip").pair("at", at).optional("code", r.Code).optional("text", r.Text).optional("raw", r.Raw)
	case trace.Up:
		l.word("resume").pair("at", at).optional("jid", r.JID).optional("domain", r.Domain)
	case trace.Down:
		l.word("drop").pair("at", at).optional("code", r.Code).optional("text", r.Text)
	case trace.Gap:
		l.word("gap").pair("at", at).optional("code", r.Code).optional("text", r.Text)
	case trace.Request:
		requestText(&l, dialable, r)
	default:
		return TickText(r.At)
	}
	return l.text()
}

// startText writes a start record as config lines, or as a start step if config lines cannot express it (open calls).
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

// StartText writes a start record as a start step, its JSON on one line.
func StartText(r *trace.Record) string {
	var l stepLine
	l.word("start").pair("at", formatTime(r.At))
	var b bytes.Buffer
	if json.Compact(&b, r.Start) != nil {
		b.WriteString("{}") // reading the trace would have failed
	}
	return l.text() + b.String() + "\n"
}

func requestText(l *stepLine, dialable NumberCleaner, r *trace.Record) {
	q := r.Request
	name, tspi := functionFor(q)
	if clean, refused := dialable.clean(q.Number); q.Number != "" && (refused != "" || clean != q.Number) {
		tspi = false // the step must read as the same record
	}
	if !tspi {
		l.word("request").pair("at", formatTime(r.At)).word(quoteIfNeeded(q.Name)).optional("line", q.Line).optionalNumber("call", q.Call).
			optionalNumber("other", q.Other).optional("number", q.Number).optionalNumber("request", q.ID)
		askerText(l, q)
		return
	}
	l.word("tspi").pair("at", formatTime(r.At)).word(name).optional("line", q.Line).optionalNumber("call", q.Call).
		optionalNumber("consult", q.Other).optional("number", q.Number).optionalNumber("request", q.ID)
	if q.Name == events.Conference.String() {
		l.pair("mode", "conference")
	}
	askerText(l, q)
}

func askerText(l *stepLine, q *trace.RequestRecord) {
	l.optional("frontend", q.Frontend).optional("principal", q.Principal).optionalNumber("ref", q.Ref)
}

// NumberCleaner cleans a number that a TAPI program wants to dial. If it may not be dialled, refused is the name of the
// error that the program gets (INVALADDRESS, …). A nil NumberCleaner changes no number.
type NumberCleaner func(number string) (clean, refused string)

func (d NumberCleaner) clean(number string) (clean, refused string) {
	if d == nil {
		return number, ""
	}
	return d(number)
}

// TickText writes a step in which only time passes.
func TickText(at int64) string {
	var l stepLine
	return l.word("tick").word(formatTime(at)).text()
}

// SettingsText writes settings that are not the engine's as a config line. It is empty without settings.
func SettingsText(set map[string]string) string {
	if len(set) == 0 {
		return ""
	}
	var l stepLine
	l.word("config")
	for _, key := range slices.Sorted(maps.Keys(set)) {
		l.pair(key, set[key])
	}
	return l.text()
}

// CallText writes an open call of a line as the verb calls lists it, without a newline.
func CallText(address string, v *engine.CallView) string {
	var l stepLine
	l.word("call").word(fmt.Sprintf("%s/%d", address, v.Number)).word(v.State.String())
	l.optional("from", v.Caller.Number).optional("to", v.Called.Number).optional("connected", v.Connected.Number)
	return strings.TrimSuffix(l.pair("actions", strings.Join(v.Actions.Names(), ",")).text(), "\n")
}

// fitsBelowRecv reports whether a stanza can stand unchanged below the line of its recv step.
func fitsBelowRecv(raw string) bool {
	return strings.HasPrefix(raw, "<") && !strings.HasPrefix(raw, "<?") && !strings.HasPrefix(raw, "<!") &&
		!strings.Contains(raw, "\r") && source.StanzaEnd(raw) == len(raw)
}
