package engine

import (
	"slices"
	"time"

	"offhook/events"
)

// findEvery spaces the look-ups of users: ten a second (decision C5).
const findEvery = 100 * time.Millisecond

func (c *Core) sessionUp(jid, domain string) {
	if c.session.up && c.session.jid != "" { // without a name it is the one a bare file or scenario begins in
		c.sessionDown("replaced", "a new session came without the old one's end")
	}
	c.record(events.NewSession(events.SessionUp, events.SessionFacts{JID: jid, Domain: domain}))
	if !c.set.Handshake {
		c.ready()
		return
	}
	s := LoginSettings{User: c.set.User, Supervisor: c.set.Supervisor, Version: c.set.Version, To: c.set.To}
	for _, cmd := range c.dia.Login(jid, s) {
		c.send(cmd, waiting{Login: cmd.Kind == CmdLogin})
	}
}

func (c *Core) ready() {
	c.record(events.NewSession(events.SessionReady, events.SessionFacts{JID: c.session.jid, Domain: c.session.domain}))
	c.flush()
}

// loginReply is the PBX's answer to our login: who we are, and from now on requests go out.
func (c *Core) loginReply(o *Observation) {
	if o.Reply == ReplyFailed || o.Reply == ReplyError {
		c.notice(events.SeverityCritical, "", "login-refused", "the PBX refused the login command: "+o.Text)
		c.out = append(c.out, Output{Kind: OutClose, Raw: "login-refused"})
		return
	}
	if o.Reply == ReplyUser && c.set.wants(Key(o.Found.User)) {
		c.learnUser(o.Found)
	}
	if role := c.traits.NeedsRole; role != "" && c.set.Supervisor && o.Reply == ReplyUser && !o.Found.Supervisor {
		c.notice(events.SeverityCritical, "", "no-role", "the user "+o.Found.User+" lacks the role "+role+": no other user's calls will be seen")
	}
	c.ready()
	if c.set.Supervisor {
		c.lookUpAll()
	}
}

func (c *Core) learnUser(u UserInfo) {
	if u.User == "" || !u.Enabled {
		return
	}
	c.learn(events.LineFacts{Line: Key(u.User), User: u.User, Name: u.Name, Address: u.Extension, Supervisor: u.Supervisor, Devices: u.Devices})
}

// lookUpAll asks for the selected users, or for the roster that names them all.
func (c *Core) lookUpAll() {
	for _, u := range c.set.Users {
		if u == "all" {
			c.send(Command{Kind: CmdRoster}, waiting{Roster: true})
			continue
		}
		c.lookUp(u)
	}
}

// rosterReply looks up everyone it names, and the lines that it does not: whom the PBX no longer knows has no line any more.
// A roster alone takes nobody's line away: it may be short for reasons of its own.
func (c *Core) rosterReply(o *Observation) {
	named := map[string]bool{Key(c.set.User): true}
	for _, u := range o.Users {
		named[Key(u)] = true
		c.lookUp(u)
	}
	c.absent = nil
	for _, l := range c.order {
		if key := l.view.Key; !named[key] && !c.set.names(key) {
			c.absent = append(c.absent, key)
			c.lookUp(l.view.User)
		}
	}
}

// deselect removes the lines of the journal that the settings no longer select.
func (c *Core) deselect() {
	if !c.set.Handshake {
		return
	}
	for _, l := range slices.Clone(c.order) {
		if key := l.view.Key; !c.set.wants(key) && !c.set.names(key) {
			c.removed(l)
		}
	}
}

func (c *Core) removed(l *line) {
	v := &l.view
	c.record(events.NewLine(events.LineRemoved, events.LineFacts{Line: v.Key, User: v.User, Name: v.Name, Address: v.Address, Permanent: v.Permanent}))
}

// lookUp asks for one user, now or when its turn comes.
func (c *Core) lookUp(user string) {
	c.lookups = append(c.lookups, user)
	if c.session.find == nil {
		c.nextLookup()
	}
}

func (c *Core) nextLookup() {
	if len(c.lookups) == 0 || !c.session.up {
		return
	}
	user := c.lookups[0]
	c.lookups = c.lookups[1:]
	c.send(Command{Kind: CmdFindUser, Number: user}, waiting{Find: user})
	c.session.find = c.timers.arm(&deadline{kind: timerFind, at: c.now.Add(findEvery)})
}

func (c *Core) findReply(user string, o *Observation) {
	l := c.lines[Key(user)]
	if gone := o.Reply != ReplyUser || !o.Found.Enabled; gone && l != nil && slices.Contains(c.absent, l.view.Key) {
		c.removed(l)
		return
	}
	if o.Reply != ReplyUser {
		c.notice(events.SeverityWarning, "", "user-unknown", "the PBX says nothing of the user "+user+": "+o.Text)
		return
	}
	if c.set.wants(Key(o.Found.User)) || c.set.wants(Key(user)) {
		c.learnUser(o.Found)
	}
}

// relocated reads a user again that moved to another phone.
func (c *Core) relocated(o *Observation) {
	user := o.User
	if user == "" {
		user = o.To
	}
	switch l := c.userLine(user); {
	case l == nil:
		c.ofNobody("a change of phones")
	case !c.set.Handshake:
		c.ignore(l.view.Key, "", "not-used", "a change of phones; without a login there is nobody to ask for them")
	default:
		c.lookUp(l.view.User)
	}
}

func (c *Core) sessionDown(code, text string) {
	if !c.session.up {
		return
	}
	c.record(events.NewSession(events.SessionDown, events.SessionFacts{JID: c.session.jid, Domain: c.session.domain, Code: code, Text: text}))
	for _, q := range append([]*request(nil), c.open...) {
		if q.sent && c.requests[q.f.ID] == q {
			c.finish(q, events.ResultLost, "the session was lost before the PBX answered; it may have acted all the same")
		}
	}
}

// onBehalf adds for whom a command acts.
func (c *Core) onBehalf(l *line, cmd Command) Command {
	if c.set.Supervisor || Key(c.set.User) != l.view.Key && c.set.User != "" {
		cmd.User = l.view.User
	}
	return cmd
}
