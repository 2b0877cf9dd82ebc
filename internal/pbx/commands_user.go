package pbx

import (
	"slices"
	"strconv"
	"strings"
)

func clientInfoCommand(s *Server, ss *session, n *node) commandReply {
	var subs []subscription
	if list := n.child("", "AddSubscription"); list != nil {
		var good bool
		if subs, good = readSubscriptions(list); !good {
			return failureReply("malformed Subscription")
		}
	}
	ss.clientInfoSeen = true
	for _, f := range subs {
		ss.subscribe(f)
	}
	s.notifyWaiters()
	a := payloadReply(s.userInfo(ss.user, ss))
	if ss.conn == nil { // at each ClientInfo: behind the component a client may reconnect with its old address before its end was noticed
		a.then = func() { s.sendPhoneStates(ss) }
	}
	return a
}

func (ss *session) subscribe(f subscription) {
	if len(ss.subs) < 100 && !slices.ContainsFunc(ss.subs, f.equal) {
		ss.subs = append(ss.subs, f)
	}
}

func addSubscriptionCommand(s *Server, ss *session, n *node) commandReply {
	subs, good := readSubscriptions(n)
	if !good || len(subs) == 0 {
		return failureReply("malformed Subscription")
	}
	for _, f := range subs {
		ss.subscribe(f)
	}
	return ss.subscriptions()
}

func removeSubscriptionCommand(s *Server, ss *session, n *node) commandReply {
	subs, good := readSubscriptions(n)
	if !good || len(subs) == 0 {
		return failureReply("malformed Subscription")
	}
	for _, f := range subs {
		ss.subs = slices.DeleteFunc(ss.subs, f.equal)
	}
	return ss.subscriptions()
}

func (ss *session) subscriptions() commandReply {
	return payloadReply(cmdPayload("event", func(w *xmlWriter) { writeSubscriptions(w, ss.subs) }))
}

// findUserInfoCommand serves FindUserInfo: without jid for the session itself, with a bare JID or name without
// subscriptions, with a full JID with the subscriptions of that session.
func findUserInfoCommand(s *Server, ss *session, n *node) commandReply {
	jid := n.get("jid")
	if jid == "" {
		jid = ss.jid
	}
	u, err := s.actingUser(ss, jid)
	if err != nil {
		return failureReply(err.Error())
	}
	var with *session
	for _, other := range s.sessions {
		if strings.EqualFold(other.jid, jid) {
			with = other
		}
	}
	return payloadReply(s.userInfo(u, with))
}

func (s *Server) userInfo(u *user, with *session) []byte {
	return cmdPayload("xmppuser", func(w *xmlWriter) {
		w.open("UserInfo", "name", u.Login)
		writeIdentity(w, u)
		writeRoles(w, u)
		w.open("LocationList")
		writeLocation(w, u, false, true)
		if slices.ContainsFunc(u.Devices, func(d Device) bool { return d.Roaming }) {
			writeLocation(w, u, true, true)
		}
		w.end("LocationList")
		w.open("Voicemailbox")
		w.leaf("db_016voi_name", u.Name)
		w.leaf("inboxMessages", "0")
		w.leaf("db_016voi_mailbox", u.Extension)
		w.end("Voicemailbox")
		writeRedirect(w, u)
		writeMemberStates(w, s.membershipsOf(u))
		if with != nil {
			writeSubscriptions(w, with.subs)
		}
		w.end("UserInfo")
	})
}

func writeIdentity(w *xmlWriter, u *user) {
	id := strconv.Itoa(u.id)
	w.open("Identity")
	w.leaf("db_003use_id", id)
	w.leaf("db_003use_name", u.Login)
	w.leaf("db_003use_bez", u.Name)
	w.flag("db_003use_enabled", !u.Disabled)
	w.leaf("db_003use_lastlogin", "")
	w.leaf("db_003use_doc", "")
	w.leaf("db_009ext_id", id)
	w.leaf("db_009ext_extension", u.Extension)
	w.leaf("db_011acc_id", id)
	w.leaf("db_011acc_calleridnum", u.Extension)
	w.leaf("db_016voi_id", id)
	w.leaf("db_016voi_mailbox", u.Extension)
	w.leaf("db_028pho_id", id)
	w.leaf("faxextension", "")
	w.end("Identity")
}

func writeRoles(w *xmlWriter, u *user) {
	w.open("RoleList")
	for _, r := range u.Roles {
		if len(r.Types) == 0 {
			w.empty("Role", "name", r.Name)
			continue
		}
		w.open("Role", "name", r.Name)
		w.open("RoletypeList")
		for _, t := range r.Types {
			w.empty("Roletype", "name", t)
		}
		w.end("RoletypeList")
		w.end("Role")
	}
	w.end("RoleList")
}

// writeLocation writes one of a user's locations, and its phones if devices is set.
func writeLocation(w *xmlWriter, u *user, roaming, devices bool) {
	name := u.location
	if roaming {
		name = "Roaming " + u.Extension
	}
	w.open("Location", "name", name, "isstatic", strconv.FormatBool(!roaming), "username", u.Login)
	for _, d := range u.Devices {
		if !devices || d.Roaming != roaming {
			continue
		}
		w.open("DeviceEntry", "delayinternal", "0", "timeoutinternal", "30", "delayexternal", "0", "timeoutexternal", "30")
		w.open("Phonedevice", "name", d.Name, "type", d.Type)
		w.open("capabilities")
		for _, c := range d.Caps {
			w.empty(c)
		}
		w.end("capabilities")
		w.end("Phonedevice")
		w.end("DeviceEntry")
	}
	w.end("Location")
}

func writeRedirect(w *xmlWriter, u *user) {
	w.open("RedirectEntry", "eventType", "redirect", "eventId", u.Login)
	w.leaf("source", u.Extension)
	w.leaf("target", "")
	w.leaf("old", "")
	w.end("RedirectEntry")
}

func customDataCommand(s *Server, ss *session, n *node) commandReply {
	return payloadReply(cmdPayload("xmppuser", func(w *xmlWriter) { w.empty("CustomData") }))
}
