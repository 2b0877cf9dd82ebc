package events

import "strconv"

// Field is one named value of an event in its text and JSON forms.
type Field struct {
	Key      string
	Value    string
	Unquoted bool // a number or a boolean: JSON writes it without quotes
}

// AppendFields appends the event's fields in a fixed order, without the empty ones. Text, JSON, logs and fixtures share
// this form. Keys: line, call, channel, device, from, fromName, to, toName, …
func (e Event) AppendFields(fs []Field) []Field {
	switch b := e.body.(type) {
	case Call:
		return b.appendFields(fs)
	case Line:
		return b.appendFields(fs)
	case Phone:
		return appendText(appendText(fs, "line", b.line), "state", b.state.String())
	case Pickup:
		fs = appendText(appendText(appendText(fs, "line", b.f.Line), "colleague", b.f.Colleague), "number", b.f.Number)
		return appendText(appendText(fs, "from", b.f.Caller.Number), "fromName", b.f.Caller.Name)
	case Session:
		fs = appendText(appendText(fs, "jid", b.f.JID), "domain", b.f.Domain)
		return appendText(appendText(fs, "code", b.f.Code), "text", b.f.Text)
	case Ignored:
		fs = appendText(appendText(fs, "line", b.line), "channel", b.channel)
		return appendText(appendText(fs, "code", b.code), "text", b.text)
	case Notice:
		fs = appendText(appendText(fs, "severity", b.f.Severity.String()), "code", b.f.Code)
		return appendText(appendText(fs, "text", b.f.Text), "line", b.f.Line)
	case Request:
		fs = appendNumber(appendNumber(appendText(fs, "line", b.f.Line), "call", uint64(b.f.Call)), "request", uint64(b.f.ID))
		fs = appendNumber(appendText(appendText(fs, "kind", b.f.Kind.String()), "number", b.f.Number), "other", uint64(b.f.Other))
		return b.f.Asker.appendFields(appendTrue(fs, "queued", b.f.Queued))
	case Finished:
		fs = appendNumber(appendText(fs, "line", b.f.Line), "call", uint64(b.f.Call))
		fs = appendText(appendNumber(fs, "request", uint64(b.f.ID)), "result", b.f.Result.String())
		return b.f.Asker.appendFields(appendText(fs, "text", b.f.Text))
	case Timer:
		fs = appendText(appendNumber(appendText(fs, "line", b.f.Line), "call", uint64(b.f.Call)), "timer", b.f.Name)
		return appendNumber(fs, "request", uint64(b.f.Request))
	}
	return fs
}

func (a Asker) appendFields(fs []Field) []Field {
	return appendNumber(appendText(appendText(fs, "frontend", a.Frontend), "principal", a.Principal), "ref", uint64(a.Ref))
}

func (c Call) appendFields(fs []Field) []Field {
	f := c.f
	fs = appendNumber(appendText(fs, "line", f.Line), "call", uint64(f.Call))
	fs = appendText(appendText(fs, "channel", f.Channel), "device", f.Device)
	fs = appendTrue(appendTrue(fs, "outbound", f.Outbound), "internal", f.Internal)
	fs = appendText(appendText(fs, "from", f.Source.Number), "fromName", f.Source.Name)
	fs = appendText(appendText(fs, "to", f.Target.Number), "toName", f.Target.Name)
	fs = appendText(appendText(fs, "via", f.Forwarder.Number), "viaName", f.Forwarder.Name)
	fs = appendText(fs, "display", f.Display)
	if f.TalkSince != 0 {
		fs = appendText(fs, "talkSince", f.TalkSince.Time().Format("2006-01-02T15:04:05.000Z"))
	}
	if f.Reason != ReasonNone {
		fs = appendText(fs, "reason", f.Reason.String())
	}
	if f.Cause != ReasonNone {
		fs = appendText(fs, "cause", f.Cause.String())
	}
	return appendText(appendNumber(fs, "request", uint64(f.Request)), "refChannel", f.RefChannel)
}

func (l Line) appendFields(fs []Field) []Field {
	fs = appendText(appendText(appendText(fs, "line", l.f.Line), "user", l.f.User), "name", l.f.Name)
	fs = appendNumber(appendText(fs, "address", l.f.Address), "permanent", uint64(l.f.Permanent))
	fs = appendTrue(fs, "supervisor", l.f.Supervisor)
	for _, d := range l.f.Devices {
		fs = appendText(fs, "device", d.Name)
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

func appendText(fs []Field, key, value string) []Field {
	if value == "" {
		return fs
	}
	return append(fs, Field{Key: key, Value: value})
}

func appendNumber(fs []Field, key string, v uint64) []Field {
	if v == 0 {
		return fs
	}
	return append(fs, Field{Key: key, Value: strconv.FormatUint(v, 10), Unquoted: true})
}

func appendTrue(fs []Field, key string, v bool) []Field {
	if !v {
		return fs
	}
	return append(fs, Field{Key: key, Value: "true", Unquoted: true})
}
