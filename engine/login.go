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
	if !c.settings.Handshake {
		c.sessionReady()
		return
	}
	s := LoginSettings{User: c.settings.User, Supervisor: c.settings.Supervisor, Version: c.settings.Version, To: c.settings.To}
	for _, cmd := range c.dialect.Login(jid, s) {
		c.send(cmd, awaitedReply{Login: cmd.Kind == CmdLogin})
	}
}

func (c *Core) sessionReady() {
	c.record(events.NewSession(events.SessionReady, events.SessionFacts{JID: c.session.jid, Domain: c.session.domain}))
	c.sendQueued()
}

// loginReply is the PBX's answer to our login: who we are, and from now on requests go out.
func (c *Core) loginReply(o *Observation) {
	if o.Reply == ReplyFailed || o.Reply == ReplyError {
		c.notice(events.SeverityCritical, "", "login-refused", "the PBX refused the login command ("+o.Text+"): no line works; ask the PBX's administrator for the account's rights")
		c.out = append(c.out, Output{Kind: OutClose, Raw: "login-refused"})
		return
	}
	if o.Reply == ReplyUser && c.settings.selects(Key(o.Found.User)) {
		c.learnUser(o.Found)
	}
	if role := c.traits.NeedsRole; role != "" && c.settings.Supervisor && o.Reply == ReplyUser && !o.Found.Supervisor {
		c.notice(events.SeverityCritical, "", "no-role", "the user "+o.Found.User+" lacks the role "+role+": no other user's calls are seen; give it the role at the PBX, or leave users out of the settings")
	}
	c.sessionReady()
	if c.settings.Supervisor {
		c.lookUpAll()
	}
}

func (c *Core) learnUser(u UserInfo) {
	if u.User == "" || !u.Enabled {
		return
	}
	c.learnLine(events.LineFacts{Line: Key(u.User), User: u.User, Name: u.Name, Address: u.Extension, Supervisor: u.Supervisor, Devices: u.Devices})
}

// lookUpAll asks for the selected users, or for the roster that names them all.
func (c *Core) lookUpAll() {
	for _, u := range c.settings.Users {
		if u == "all" {
			c.send(Command{Kind: CmdRoster}, awaitedReply{Roster: true})
			continue
		}
		c.lookUp(u)
	}
}

// rosterReply looks up every user it names, and the users of lines that it does not name: a user whom the PBX no longer
// knows loses the line. The roster alone removes no line: it may be incomplete.
func (c *Core) rosterReply(o *Observation) {
	named := map[string]bool{Key(c.settings.User): true}
	for _, u := range o.Users {
		named[Key(u)] = true
		c.lookUp(u)
	}
	c.notInRoster = nil
	for _, l := range c.linesByNumber {
		if key := l.view.Key; !named[key] && !c.settings.namesUser(key) {
			c.notInRoster = append(c.notInRoster, key)
			c.lookUp(l.view.User)
		}
	}
}

// deselect removes the lines of the journal that the settings no longer select.
func (c *Core) deselect() {
	if !c.settings.Handshake {
		return
	}
	for _, l := range slices.Clone(c.linesByNumber) {
		if key := l.view.Key; !c.settings.selects(key) && !c.settings.namesUser(key) {
			c.recordLineRemoved(l)
		}
	}
}

func (c *Core) recordLineRemoved(l *line) {
	v := &l.view
	c.record(events.NewLine(events.LineRemoved, events.LineFacts{Line: v.Key, User: v.User, Name: v.Name, Address: v.Address, Permanent: v.Permanent}))
}

// lookUp asks for one user, now or when its turn comes.
func (c *Core) lookUp(user string) {
	c.pendingLookups = append(c.pendingLookups, user)
	if c.session.find == nil {
		c.nextLookup()
	}
}

func (c *Core) nextLookup() {
	if len(c.pendingLookups) == 0 || !c.session.up {
		return
	}
	user := c.pendingLookups[0]
	c.pendingLookups = c.pendingLookups[1:]
	c.send(Command{Kind: CmdFindUser, Number: user}, awaitedReply{Find: user})
	c.session.find = c.timers.arm(&deadline{kind: timerFind, at: c.now.Add(findEvery)})
}

func (c *Core) findReply(user string, o *Observation) {
	l := c.lines[Key(user)]
	if gone := o.Reply != ReplyUser || !o.Found.Enabled; gone && l != nil && slices.Contains(c.notInRoster, l.view.Key) {
		c.recordLineRemoved(l)
		return
	}
	if o.Reply != ReplyUser {
		c.notice(events.SeverityWarning, "", "user-unknown", "the PBX knows no user "+user+" ("+o.Text+"): it gets no line; correct the setting users, or the PBX's list")
		return
	}
	if c.settings.selects(Key(o.Found.User)) || c.settings.selects(Key(user)) {
		c.learnUser(o.Found)
	}
}

// resolveRelocated reads a user again that moved to another phone.
func (c *Core) resolveRelocated(o *Observation) {
	user := o.User
	if user == "" {
		user = o.To
	}
	switch l := c.lineOfUser(user); {
	case l == nil:
		c.ignoreUnknownUser("a change of phones")
	case !c.settings.Handshake:
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
	for _, q := range append([]*request(nil), c.openRequests...) {
		if q.sent && c.requests[q.facts.ID] == q {
			c.finishRequest(q, events.ResultLost, "the session was lost before the PBX answered; it may have acted all the same")
		}
	}
}

// onBehalf adds the user for whom a command acts.
func (c *Core) onBehalf(l *line, cmd Command) Command {
	if c.settings.Supervisor || Key(c.settings.User) != l.view.Key && c.settings.User != "" {
		cmd.User = l.view.User
	}
	return cmd
}
