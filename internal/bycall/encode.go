package bycall

import (
	"bytes"
	"encoding/xml"

	"offhook/engine"
)

// verbs names the orders.
var verbs = map[engine.CommandKind]string{engine.CmdLogin: "follow", engine.CmdFindUser: "user", engine.CmdRoster: "users",
	engine.CmdDial: "dial", engine.CmdAnswer: "answer", engine.CmdHold: "hold", engine.CmdRetrieve: "retrieve", engine.CmdHangup: "leave",
	engine.CmdBlindTransfer: "send", engine.CmdRedirect: "send", engine.CmdCompleteTransfer: "join", engine.CmdConference: "conference"}

// Encode appends an order, or presence. A command that the PBX has not appends nothing.
func (d *Dialect) Encode(b []byte, id string, c engine.Command) []byte {
	if c.Kind == engine.CmdPresence {
		return append(b, "<presence><priority>-128</priority></presence>"...)
	}
	verb, known := verbs[c.Kind]
	if !known {
		return b
	}
	b = attr(append(b, "<message"...), "to", d.service)
	b = attr(append(b, `><order xmlns="`+namespace+`"`...), "ref", id)
	b = append(append(b, "><"...), verb...)
	switch c.Kind {
	case engine.CmdLogin:
		b = attr(attr(b, "user", c.Login.User), "version", c.Login.Version)
		if c.Login.Supervisor {
			b = attr(b, "all", "true")
		}
	case engine.CmdFindUser:
		b = attr(b, "name", c.Number)
	default:
		b = target(b, "", c.Target)
		b = target(b, "with-", c.Other)
		b = attr(attr(b, "number", c.Number), "user", c.User)
	}
	return append(b, "/></order></message>"...)
}

func target(b []byte, prefix string, t engine.Target) []byte {
	call, leg := parts(t.Channel)
	return attr(attr(b, prefix+"call", call), prefix+"leg", leg)
}

// attr appends an attribute, unless its value is empty.
func attr(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(b, ' '), name...), `="`...)
	var text bytes.Buffer
	if err := xml.EscapeText(&text, []byte(value)); err != nil {
		panic("bycall: " + err.Error()) // a buffer takes everything
	}
	return append(append(b, text.Bytes()...), '"')
}
