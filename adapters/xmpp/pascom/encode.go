package pascom

import (
	"strings"

	"offhook/engine"
)

// Encode appends the one stanza that carries the command: an IQ of type get, also for actions, as the PBX requires.
// It names the user where the command API has room for one: in Dial (or DialFrom) and Pickup; the others name a
// channel or a phone. A kind it does not know appends nothing.
func (d *Dialect) Encode(b []byte, id string, c engine.Command) []byte {
	switch c.Kind {
	case engine.CmdPresence:
		return append(b, "<presence><priority>-128</priority></presence>"...)
	case engine.CmdRoster:
		b = append(openIQ(b, id, ""), `<query xmlns="`+rosterNamespace+`"/>`...)
		return append(b, "</iq>"...)
	}
	module, ok := modules[c.Kind]
	if !ok {
		return b
	}
	to := d.opts.CommandTo
	if c.Kind == engine.CmdLogin && c.Login.To != "" {
		to = c.Login.To
	}
	b = append(openIQ(b, id, to), `<cmd xmlns="`+namespace+`" module="`...)
	b = append(append(b, module...), `">`...)
	return append(d.appendCommand(b, c), "</cmd></iq>"...)
}

func openIQ(b []byte, id, to string) []byte {
	b = appendAttrAlways(append(b, `<iq type="get"`...), "id", id)
	return append(appendAttr(b, "to", to), '>')
}

// modules maps each command to its module.
var modules = map[engine.CommandKind]string{
	engine.CmdLogin: "xmppuser", engine.CmdFindUser: "xmppuser",
	engine.CmdDial: "base", engine.CmdHangup: "base", engine.CmdBlindTransfer: "base", engine.CmdRedirect: "base", engine.CmdPickup: "base",
	engine.CmdHangupDevice: "phone", engine.CmdHold: "phone", engine.CmdRetrieve: "phone", engine.CmdAnswer: "phone",
	engine.CmdCompleteTransfer: "phone", engine.CmdConference: "phone",
}

// deviceKeys maps commands to the keys of the phone module. Hold is a toggle: the same key retrieves the call.
var deviceKeys = map[engine.CommandKind]string{engine.CmdHangupDevice: "Hangup", engine.CmdHold: "Hold", engine.CmdRetrieve: "Hold",
	engine.CmdAnswer: "Offhook", engine.CmdCompleteTransfer: "Transfer", engine.CmdConference: "Conference"}

func (d *Dialect) appendCommand(b []byte, c engine.Command) []byte {
	switch c.Kind {
	case engine.CmdLogin:
		return d.appendLogin(b, c)
	case engine.CmdFindUser:
		b = appendAttrAlways(append(b, "<FindUserInfo"...), "jid", c.Number) // empty: the own full JID
	case engine.CmdDial:
		return d.appendDial(b, c)
	case engine.CmdHangup:
		b = appendAttr(append(b, "<Hangup"...), "channel", c.Target.Channel)
	case engine.CmdBlindTransfer, engine.CmdRedirect:
		b = appendAttrAlways(append(b, "<Transfer"...), "channel", c.Target.Channel)
		b = d.appendPrefix(appendAttrAlways(b, "target", c.Number), c.Number)
	case engine.CmdPickup:
		b = appendAttrAlways(append(b, "<Pickup"...), "target", c.Number)
		b = appendAttr(appendAttr(b, "device", c.Target.Device), "username", c.User)
	default:
		b = appendAttrAlways(append(append(b, '<'), deviceKeys[c.Kind]...), "device", c.Target.Device)
	}
	return append(b, "/>"...)
}

// appendDial writes Dial or, where so set and for another user, DialFrom.
func (d *Dialect) appendDial(b []byte, c engine.Command) []byte {
	from := d.opts.Dial == DialFrom && c.User != ""
	if from {
		b = appendAttrAlways(append(b, "<DialFrom"...), "identity", c.User)
	} else {
		b = append(b, "<Dial"...)
	}
	b = d.appendPrefix(appendAttrAlways(b, "target", c.Number), c.Number)
	b = appendAttr(b, "device", c.Target.Device)
	if !from {
		b = appendAttr(b, "username", c.User)
	}
	return append(b, "/>"...)
}

// appendPrefix writes the attribute for the outside-line digits; a user JID as target has none.
func (d *Dialect) appendPrefix(b []byte, target string) []byte {
	switch p := d.opts.Prefix; {
	case p == PrefixNone || strings.IndexByte(target, '@') >= 0:
		return b
	case p == "" || !validPrefix(p):
		return appendAttr(b, "prefix", PrefixAuto)
	default:
		return appendAttr(b, "prefix", p)
	}
}
