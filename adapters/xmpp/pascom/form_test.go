package pascom

import (
	"fmt"
	"strings"

	"offhook/engine"
	"offhook/events"
)

var kindNames = [...]string{"foreign", "ignored", "channel", "pickup", "phone", "reply", "journal-entry", "relocated"}

var channelNames = [...]string{"none", "ringing", "talking", "held", "retrieved", "transferred", "renamed", "redirected", "ended"}

var replyNames = [...]string{"none", "ok", "failed", "error", "user", "users", "other"}

// line is an observation in one line: the form of the .want files.
type line struct{ strings.Builder }

func (l *line) text(key, value string) {
	if value != "" {
		fmt.Fprintf(l, " %s=%q", key, value)
	}
}

func (l *line) flag(key string, v bool) {
	if v {
		l.WriteString(" " + key)
	}
}

func (l *line) party(key string, p events.Party) {
	if p != (events.Party{}) {
		fmt.Fprintf(l, " %s=%q,%q", key, p.Number, p.Name)
	}
}

func oneLine(o *engine.Observation) string {
	l := &line{}
	l.WriteString(kindNames[o.Kind])
	if o.Kind == engine.ObsIgnored {
		l.text("code", o.Code)
		if o.Code != "malformed" { // those words are the XML reader's
			l.text("text", o.Text)
		}
		return l.String()
	}
	switch o.Kind {
	case engine.ObsChannel:
		l.channel(o)
	case engine.ObsPickup:
		l.flag("offered", o.Offered)
		l.text("colleague", o.Pickup.Colleague)
		l.text("number", o.Pickup.Number)
		l.party("caller", o.Pickup.Caller)
	case engine.ObsPhone:
		l.text("state", o.Phone.String())
	case engine.ObsReply:
		l.reply(o)
	case engine.ObsCallRecord:
		l.text("number", o.Record.Number)
		l.flag("inbound", o.Record.Inbound)
		fmt.Fprintf(l, " at=%d", o.Record.At)
		l.text("result", o.Record.Result)
	}
	l.text("user", o.User)
	l.text("to", o.To)
	return l.String()
}

func (l *line) channel(o *engine.Observation) {
	f := &o.Facts
	l.WriteString(" " + channelNames[o.Channel])
	l.text("channel", f.Channel)
	l.text("device", f.Device)
	l.flag("outbound", f.Outbound)
	l.flag("internal", f.Internal)
	l.party("source", f.Source)
	l.party("target", f.Target)
	l.party("forwarder", f.Forwarder)
	l.text("display", f.Display)
	if f.TalkSince != 0 {
		fmt.Fprintf(l, " since=%d", f.TalkSince)
	}
	if f.Cause != events.ReasonNone {
		l.text("cause", f.Cause.String())
	}
	l.text("ref", f.RefChannel)
}

func (l *line) reply(o *engine.Observation) {
	l.WriteString(" " + replyNames[o.Reply])
	l.text("id", o.ID)
	l.text("code", o.Code)
	l.text("text", o.Text)
	if o.Reply == engine.ReplyUsers {
		fmt.Fprintf(l, " users=%q", o.Users)
	}
	if o.Reply != engine.ReplyUser {
		return
	}
	u := &o.Found
	l.text("user", u.User)
	l.text("name", u.Name)
	l.text("extension", u.Extension)
	l.flag("enabled", u.Enabled)
	l.flag("supervisor", u.Supervisor)
	for _, d := range u.Devices {
		fmt.Fprintf(l, " device=%q,%q", d.Name, d.Kind)
		l.flag("roaming", d.Roaming)
		if d.Known {
			fmt.Fprintf(l, " can=%q", strings.Join(d.Capabilities, "+"))
		}
	}
}
