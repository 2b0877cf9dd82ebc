package pbx

import (
	"slices"
	"strings"
)

// subscription is one Subscription of a session.
type subscription struct {
	module, event, scope string
	filters              [][2]string // AttributeFilter name, equals
}

// wants reports whether the session gets an event; mine says that it concerns the session's user.
// A filter counts only for events that have its attribute.
func (ss *session) wants(module, event string, mine bool, attrs map[string]string) bool {
	return slices.ContainsFunc(ss.subs, func(f subscription) bool {
		if f.module != module && f.module != "*" || f.event != event && f.event != "*" {
			return false
		}
		if !mine && (f.scope != "supervisor" || !ss.user.supervisor()) {
			return false
		}
		for _, a := range f.filters {
			if v, ok := attrs[a[0]]; ok && v != a[1] {
				return false
			}
		}
		return true
	})
}

// publish sends an event's payload to every session that wants it. mine reports
// whether it concerns a user; supervisors may get the events of all users.
func (s *Server) publish(module, event string, mine func(*user) bool, attrs map[string]string, body func(w *xmlWriter)) {
	var payload []byte
	for _, ss := range s.sessions {
		if !ss.clientInfoSeen || ss.user == s.excluded || !ss.wants(module, event, mine(ss.user), attrs) {
			continue
		}
		if payload == nil {
			payload = cmdPayload(module, body)
		}
		var w xmlWriter
		w.open("message", "to", ss.jid, "from", s.eventAddress())
		w.Write(payload)
		w.end("message")
		ss.send(w.Bytes())
	}
}

// publishChannelEvent publishes a base.ChannelEvent of a branch.
func (s *Server) publishChannelEvent(l *branch, eventType string) {
	s.publish("base", "ChannelEvent", func(u *user) bool { return u == l.user }, nil, func(w *xmlWriter) {
		s.writeChannelEvent(w, l, eventType)
	})
}

func (s *Server) writeChannelEvent(w *xmlWriter, l *branch, eventType string) {
	wire := s.cfg.Wire
	if wire.Username == UsernameAttribute {
		w.open("ChannelEvent", "username", l.user.Login)
	} else {
		w.open("ChannelEvent")
	}
	w.leaf("eventType", eventType)
	w.leaf("eventId", l.channel)
	w.leaf("eventDetails", l.details)
	w.flag("outbound", l.outbound)
	w.flag("internal", l.internal)
	w.leaf("sourceName", l.source.name)
	w.leaf("sourceNumber", l.source.number)
	w.leaf("sourceCallerIdName", "")
	w.leaf("targetName", l.target.name)
	w.leaf("targetCallerIdName", "")
	w.leaf("targetNumber", l.target.number)
	since := int64(0)
	if !l.busySince.IsZero() {
		since = l.busySince.UnixMilli()
	}
	w.number("busySince", since)
	ref := ""
	if peer := l.call.opposite(l).branch; wire.RefChannel && peer != nil && peer != l {
		ref = peer.channel
	}
	w.leaf("refChannel", ref)
	if !wire.OmitDevice {
		w.leaf("device", l.dev.Name)
	}
	var from party
	if wire.FromParty {
		from = l.transferredBy
	}
	w.leaf("fromName", from.name)
	w.leaf("fromNumber", from.number)
	if wire.Username == UsernameElement {
		w.leaf("username", l.user.Login)
	}
	w.end("ChannelEvent")
}

// publishPickupEvent tells u's pickup group that a call rings at u, or no longer rings.
func (s *Server) publishPickupEvent(u *user, eventType string, source party) {
	s.excluded = u // not to u, even if u is a supervisor
	defer func() { s.excluded = nil }()
	s.publish("base", "PickupEvent", func(o *user) bool { return o != u && s.sharePickupGroup(o, u) }, nil, func(w *xmlWriter) {
		w.open("PickupEvent")
		w.leaf("eventType", eventType)
		w.leaf("eventId", u.Login)
		w.leaf("target", u.Extension)
		w.leaf("sourceName", source.name)
		w.leaf("sourceNumber", source.number)
		w.end("PickupEvent")
	})
}

// readSubscriptions reads the Subscription children. It returns false if one is malformed.
func readSubscriptions(list *node) ([]subscription, bool) {
	var subs []subscription
	for _, k := range list.kids {
		f := subscription{k.get("module"), k.get("type"), strings.ToLower(k.get("scope")), nil}
		if k.name.Local != "Subscription" || f.module == "" || f.event == "" {
			return nil, false
		}
		switch f.scope {
		case "":
			f.scope = "user"
		case "user", "supervisor":
		default:
			return nil, false
		}
		for _, a := range k.kids {
			f.filters = append(f.filters, [2]string{a.get("name"), a.get("equals")})
		}
		subs = append(subs, f)
	}
	return subs, true
}

func (f subscription) equal(o subscription) bool {
	return f.module == o.module && f.event == o.event && f.scope == o.scope && slices.Equal(f.filters, o.filters)
}

func writeSubscriptions(w *xmlWriter, subs []subscription) {
	w.open("SubscriptionList")
	for _, f := range subs {
		w.open("Subscription", "module", f.module, "type", f.event, "scope", f.scope)
		for _, a := range f.filters {
			w.empty("AttributeFilter", "name", a[0], "equals", a[1])
		}
		w.end("Subscription")
	}
	w.end("SubscriptionList")
}
