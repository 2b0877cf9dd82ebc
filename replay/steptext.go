package replay

import (
	"bytes"
	"encoding/json"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
)

// separator stands between a step and what followed.
const separator = "----"

// stepText writes a record as a step of a scenario, without what followed.
func stepText(parts Parts, r *trace.Record) string {
	var l line
	at := formatTime(r.At)
	switch r.Kind {
	case trace.Start:
		return startText(parts, r)
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
		requestText(&l, parts, r)
	default:
		l.word("tick").word(at)
	}
	return l.end()
}

// startText prefers the readable form; what it cannot say (open calls) is kept as it is.
func startText(parts Parts, r *trace.Record) string {
	var head startHead
	set, err := engine.SettingsOf(*r)
	if err == nil && json.Unmarshal(r.Start, &head) == nil && head.State == nil && !head.Capture {
		if t, ok := configText(parts.Dialect, set, r.At); ok {
			return t
		}
	}
	return startWhole(r)
}

// startWhole keeps a start record as it is, on one line.
func startWhole(r *trace.Record) string {
	var l line
	l.word("start").given("at", formatTime(r.At))
	var b bytes.Buffer
	if json.Compact(&b, r.Start) != nil {
		b.WriteString("{}") // a reader would have refused it
	}
	return l.end() + b.String() + "\n"
}

func requestText(l *line, parts Parts, r *trace.Record) {
	q := r.Request
	name, tspi := tspiName(q)
	if clean, refused := parts.dialable(q.Number); q.Number != "" && (refused != "" || clean != q.Number) {
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

func (p *Parts) dialable(number string) (clean, refused string) {
	if p.Dialable == nil {
		return number, ""
	}
	return p.Dialable(number)
}
