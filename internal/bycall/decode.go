package bycall

import (
	"encoding/xml"
	"io"
	"strings"

	"offhook/engine"
	"offhook/events"
)

// Bounds of what is read, in bytes and in number.
const (
	maxStanza  = 64 << 10
	maxText    = 256
	maxUsers   = 10_000
	maxDevices = 64
)

// message is a stanza with what the dialect knows in it.
type message struct {
	XMLName xml.Name
	From    string `xml:"from,attr"`
	To      string `xml:"to,attr"`
	Type    string `xml:"type,attr"`
	Event   *event `xml:"urn:offhook:bycall:1 event"`
	Reply   *reply `xml:"urn:offhook:bycall:1 reply"`
	Order   *order `xml:"urn:offhook:bycall:1 order"`
	Error   *struct {
		Conditions []element `xml:",any"`
	} `xml:"error"`
}

type element struct {
	XMLName xml.Name
}

type event struct {
	User   string `xml:"user,attr"`
	Party  *party `xml:"urn:offhook:bycall:1 party"`
	Phones *struct {
		State string `xml:"state,attr"`
	} `xml:"urn:offhook:bycall:1 phones"`
}

type party struct {
	Call      string `xml:"call,attr"`
	Leg       string `xml:"leg,attr"`
	State     string `xml:"state,attr"`
	Direction string `xml:"direction,attr"`
	Device    string `xml:"device,attr"`
	Why       string `xml:"why,attr"`
	Near      side   `xml:"urn:offhook:bycall:1 near"`
	Far       side   `xml:"urn:offhook:bycall:1 far"`
}

type side struct {
	Number string `xml:"number,attr"`
	Name   string `xml:"name,attr"`
}

type reply struct {
	Ref   string `xml:"ref,attr"`
	OK    string `xml:"ok,attr"`
	Text  string `xml:",chardata"`
	User  *user  `xml:"urn:offhook:bycall:1 user"`
	Users *struct {
		All []user `xml:"urn:offhook:bycall:1 user"`
	} `xml:"urn:offhook:bycall:1 users"`
}

type user struct {
	Name     string `xml:"name,attr"`
	FullName string `xml:"full-name,attr"`
	Number   string `xml:"number,attr"`
	Gone     string `xml:"gone,attr"`
	Devices  []struct {
		Name string `xml:"name,attr"`
	} `xml:"urn:offhook:bycall:1 device"`
}

type order struct {
	Ref string `xml:"ref,attr"`
}

// Decode reads one raw stanza.
func (d *Dialect) Decode(raw string, where engine.Origin, o *engine.Observation) {
	m, ok := parse(raw)
	if !ok {
		ignore(o, "malformed", "no well-formed stanza of at most 64 KiB")
		return
	}
	to := m.To
	if to == "" {
		to = where.JID
	}
	o.Kind, o.To = engine.ObsForeign, token(localPart(to))
	switch {
	case m.XMLName.Local != "message" || m.Event == nil && m.Reply == nil && m.Order == nil:
	case !strings.EqualFold(m.From, d.service):
		ignore(o, "stranger", "a payload from "+clean(m.From))
	case m.Type == "error":
		bounced(m, o)
	case m.Reply != nil:
		m.Reply.observe(o)
	case m.Event != nil && m.Event.Party != nil:
		m.Event.observe(o)
	case m.Event != nil && m.Event.Phones != nil:
		m.Event.observePhones(o)
	default:
		ignore(o, "not-used", "neither a party nor phones nor a reply")
	}
}

// parse reads a stanza; what follows it makes it malformed.
func parse(raw string) (m message, ok bool) {
	if len(raw) > maxStanza {
		return m, false
	}
	d := xml.NewDecoder(strings.NewReader(raw))
	if d.Decode(&m) != nil || m.XMLName.Space != "" && m.XMLName.Space != "jabber:client" {
		return m, false
	}
	for {
		t, err := d.Token()
		if err != nil {
			return m, err == io.EOF
		}
		if text, blank := t.(xml.CharData); !blank || strings.TrimSpace(string(text)) != "" {
			return m, false
		}
	}
}

func ignore(o *engine.Observation, code, text string) {
	o.Kind, o.Code, o.Text = engine.ObsIgnored, code, clean(text)
}

// bounced is a server's error for an order of ours.
func bounced(m message, o *engine.Observation) {
	if m.Order == nil || token(m.Order.Ref) == "" {
		ignore(o, "not-used", "an error without an order")
		return
	}
	o.Kind, o.ID, o.Named, o.Reply, o.Text = engine.ObsReply, token(m.Order.Ref), true, engine.ReplyError, "undefined-condition"
	if m.Error != nil && len(m.Error.Conditions) > 0 {
		o.Text = clean(m.Error.Conditions[0].XMLName.Local)
	}
	o.Code = o.Text
}

func (r *reply) observe(o *engine.Observation) {
	o.Kind, o.ID, o.Named, o.Text = engine.ObsReply, token(r.Ref), true, clean(r.Text)
	switch {
	case o.ID == "":
		ignore(o, "bad-field", "ref: "+r.Ref)
	case r.OK == "false":
		o.Reply = engine.ReplyFailed
	case r.User != nil:
		o.Reply, o.Found = engine.ReplyUser, r.User.info()
	case r.Users != nil:
		o.Reply = engine.ReplyUsers
		for _, u := range r.Users.All[:min(len(r.Users.All), maxUsers)] {
			if n := token(u.Name); n != "" {
				o.Users = append(o.Users, n)
			}
		}
	default:
		o.Reply = engine.ReplyOK
	}
}

func (u *user) info() engine.UserInfo {
	i := engine.UserInfo{User: token(u.Name), Name: clean(u.FullName), Extension: token(u.Number), Enabled: u.Gone != "true"}
	for _, d := range u.Devices[:min(len(u.Devices), maxDevices)] {
		if n := token(d.Name); n != "" {
			i.Devices = append(i.Devices, events.Device{Name: n})
		}
	}
	return i
}

// states are what a party's state means for its branch.
var states = map[string]engine.ChannelKind{"dialled": engine.ChannelRinging, "alerting": engine.ChannelRinging, "ringing": engine.ChannelRinging,
	"talking": engine.ChannelTalking, "held": engine.ChannelHeld, "moving": engine.ChannelTransferred, "sent": engine.ChannelRedirected,
	"renamed": engine.ChannelRenamed, "left": engine.ChannelEnded}

// reasons are why a party left.
var reasons = map[string]events.Reason{"busy": events.ReasonBusy, "no-answer": events.ReasonNoAnswer, "refused": events.ReasonRejected,
	"answered-elsewhere": events.ReasonPickedUp, "unknown-number": events.ReasonBadAddress}

func (e *event) observe(o *engine.Observation) {
	p, f := e.Party, &o.Facts
	o.User, f.Channel, o.Channel = token(e.User), channel(p.Call, p.Leg), states[p.State]
	switch {
	case o.User == "":
		ignore(o, "bad-field", "user: "+e.User)
	case f.Channel == "":
		ignore(o, "bad-field", "call, leg: "+p.Call+", "+p.Leg)
	case o.Channel == 0:
		ignore(o, "bad-field", "state: "+p.State)
	case p.Direction != "in" && p.Direction != "out":
		ignore(o, "bad-field", "direction: "+p.Direction)
	default:
		o.Kind = engine.ObsChannel
		f.Device, f.Cause = token(p.Device), reasons[p.Why]
		near, far := p.Near.party(), p.Far.party()
		if f.Source, f.Target = far, near; p.Direction == "out" {
			f.Outbound, f.Source, f.Target = true, near, far
		}
	}
}

func (s side) party() events.Party {
	return events.Party{Number: token(s.Number), Name: clean(s.Name)}
}

var phoneStates = map[string]events.PhoneState{"idle": events.PhoneFree, "busy": events.PhoneInCall, "off": events.PhoneGone}

func (e *event) observePhones(o *engine.Observation) {
	state, known := phoneStates[e.Phones.State]
	if o.User = token(e.User); o.User == "" || !known {
		ignore(o, "bad-field", "user, state: "+e.User+", "+e.Phones.State)
		return
	}
	o.Kind, o.Phone = engine.ObsPhone, state
}
