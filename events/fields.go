package events

import "strconv"

// Field is one named value of an event in its text and JSON forms. Values are text; Number and Bool say how JSON
// shows them.
type Field struct {
	Key   string
	Value string
	Plain bool // a number or truth value: no quotes in JSON
}

// AppendFields appends the event's fields in their one order, leaving out what is empty: the form that text, JSON,
// logs and fixtures share. Keys: line, call, channel, device, from, fromName, to, toName, …
func (e Event) AppendFields(fs []Field) []Field {
	switch b := e.body.(type) {
	case Call:
		return b.appendFields(fs)
	case Line:
		return b.appendFields(fs)
	case Phone:
		return text(text(fs, "line", b.line), "state", b.state.String())
	case Pickup:
		fs = text(text(text(fs, "line", b.f.Line), "colleague", b.f.Colleague), "number", b.f.Number)
		return text(text(fs, "from", b.f.Caller.Number), "fromName", b.f.Caller.Name)
	case Session:
		fs = text(text(fs, "jid", b.f.JID), "domain", b.f.Domain)
		return text(text(fs, "code", b.f.Code), "text", b.f.Text)
	case Ignored:
		fs = text(text(fs, "line", b.line), "channel", b.channel)
		return text(text(fs, "code", b.code), "text", b.text)
	case Notice:
		fs = text(text(fs, "severity", b.f.Severity.String()), "code", b.f.Code)
		return text(text(fs, "text", b.f.Text), "line", b.f.Line)
	case Request:
		fs = number(number(text(fs, "line", b.f.Line), "call", uint64(b.f.Call)), "request", uint64(b.f.ID))
		fs = number(text(text(fs, "kind", b.f.Kind.String()), "number", b.f.Number), "other", uint64(b.f.Other))
		return truth(fs, "queued", b.f.Queued)
	case Finished:
		fs = number(text(fs, "line", b.f.Line), "call", uint64(b.f.Call))
		fs = text(number(fs, "request", uint64(b.f.ID)), "result", b.f.Result.String())
		return text(fs, "text", b.f.Text)
	case Timer:
		fs = text(number(text(fs, "line", b.f.Line), "call", uint64(b.f.Call)), "timer", b.f.Name)
		return number(fs, "request", uint64(b.f.Request))
	}
	return fs
}

func (c Call) appendFields(fs []Field) []Field {
	f := c.f
	fs = number(text(fs, "line", f.Line), "call", uint64(f.Call))
	fs = text(text(fs, "channel", f.Channel), "device", f.Device)
	fs = truth(truth(fs, "outbound", f.Outbound), "internal", f.Internal)
	fs = text(text(fs, "from", f.Source.Number), "fromName", f.Source.Name)
	fs = text(text(fs, "to", f.Target.Number), "toName", f.Target.Name)
	fs = text(text(fs, "via", f.Forwarder.Number), "viaName", f.Forwarder.Name)
	fs = text(fs, "display", f.Display)
	if f.TalkSince != 0 {
		fs = text(fs, "talkSince", f.TalkSince.Time().Format("2006-01-02T15:04:05.000Z"))
	}
	if f.Reason != ReasonNone {
		fs = text(fs, "reason", f.Reason.String())
	}
	if f.Cause != ReasonNone {
		fs = text(fs, "cause", f.Cause.String())
	}
	return text(number(fs, "request", uint64(f.Request)), "refChannel", f.RefChannel)
}

func (l Line) appendFields(fs []Field) []Field {
	fs = text(text(text(fs, "line", l.f.Line), "user", l.f.User), "name", l.f.Name)
	fs = number(text(fs, "address", l.f.Address), "permanent", uint64(l.f.Permanent))
	fs = truth(fs, "supervisor", l.f.Supervisor)
	for _, d := range l.f.Devices {
		fs = text(fs, "device", d.Name)
		if d.Known {
			caps := ""
			for i, c := range d.Capabilities {
				if i > 0 {
					caps += ","
				}
				caps += c
			}
			fs = append(fs, Field{Key: "caps", Value: caps})
		}
	}
	return fs
}

func text(fs []Field, key, value string) []Field {
	if value == "" {
		return fs
	}
	return append(fs, Field{Key: key, Value: value})
}

func number(fs []Field, key string, v uint64) []Field {
	if v == 0 {
		return fs
	}
	return append(fs, Field{Key: key, Value: strconv.FormatUint(v, 10), Plain: true})
}

func truth(fs []Field, key string, v bool) []Field {
	if !v {
		return fs
	}
	return append(fs, Field{Key: key, Value: "true", Plain: true})
}
