package pbx

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// commandsKeep bounds Commands.
const commandsKeep = 10_000

// Command is one command as received.
type Command struct {
	Name  string            // "base.Dial"
	From  string            // full JID of the session
	User  string            // login of the session, as the PBX spells it
	ID    string            // of the IQ
	Attrs map[string]string // of the command element
	Raw   string            // the command element as XML
	At    time.Time
}

// answer is what a command gets: a payload and what happens after it, or an IQ error.
type answer struct {
	payload   []byte
	then      func()
	condition string
}

func ok(then func()) answer         { return answer{payload: outcome("Success", "Ok"), then: then} }
func failure(message string) answer { return answer{payload: outcome("Failure", message)} }
func reply(payload []byte) answer   { return answer{payload: payload} }

// handler serves one command; n is its element.
type handler func(s *Server, ss *session, n *node) answer

var errForeign = errors.New("not allowed for other users")

// handlers is filled by init, because some handlers look names up in it.
var handlers map[string]handler

func init() {
	handlers = map[string]handler{
		"xmppuser.ClientInfo": clientInfo, "xmppuser.FindUserInfo": findUserInfo,
		"xmppuser.FindCustomData": customData, "xmppuser.InvokeCustomAction": customData,
		"event.AddSubscription": addSubscription, "event.RemoveSubscription": removeSubscription,
		"base.Dial": dial, "base.DialFrom": dialFrom, "base.Hangup": hangup,
		"base.Transfer": transfer, "base.Pickup": pickupCommand,
		"phone.Hold": key("hold", pressHold), "phone.Offhook": key("offhook", pressOffhook),
		"phone.Transfer": key("transfer", pressTransfer), "phone.Conference": key("conference", pressConference),
		"phone.Hangup":    key("hangup", pressHangup),
		"journal.FindOwn": findOwnJournal, "journal.FindByIdentity": findJournalOf,
		"phonebook.FindAll": phonebook, "phonebook.Find": phonebook,
		"location.Find": findLocations, "location.RelocateUser": relocate, "location.LogoutUser": logoutLocation,
		"queue.FindOwnState": ownQueues, "queue.FindQueueState": oneQueue,
		"queue.AgentLogin": agent(agentLogin), "queue.AgentLogout": agent(agentLogout),
		"queue.AgentPause": agent(agentPause), "queue.AgentUnpause": agent(agentUnpause),
		"redirect.FindOwn": findRedirects, "mobile.PrepareDial": prepareDial,
		"monitor.Start": monitor("Start"), "monitor.Stop": monitor("Stop"),
		"monitor.FindRecord": noRecord, "monitor.InitTransfer": noRecord,
		"archive.FindDates": archive("Dates"), "archive.FindEntries": archive("ArchiveEntryList"),
	}
	for alias, name := range map[string]string{ // spellings of the published samples
		"base.Find": "location.Find", "base.RelocateUser": "location.RelocateUser", "base.LogoutUser": "location.LogoutUser",
		"queue.FindQueue": "queue.FindQueueState", "monitor.FindRecording": "monitor.FindRecord",
	} {
		handlers[alias] = handlers[name]
	}
}

// receiveCommand records, answers and carries out one command; s.mu held.
func (s *Server) receiveCommand(ss *session, iq, cmd *node) {
	id := iq.get("id")
	if iq.get("type") != "get" || len(cmd.kids) != 1 { // always get, also for actions
		ss.send(ss.fail(id, "modify", "bad-request"))
		return
	}
	n := cmd.kids[0]
	name := cmd.get("module") + "." + n.name.Local
	s.record(ss, id, name, n)
	a := s.run(ss, name, n)
	s.deliver(ss, id, a)
	if a.then != nil {
		a.then()
	}
}

func (s *Server) record(ss *session, id, name string, n *node) {
	c := Command{Name: name, From: ss.jid, User: ss.user.Login, ID: id, Attrs: map[string]string{}, At: s.cfg.Now()}
	for _, a := range n.attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			c.Attrs[a.Name.Local] = a.Value
		}
	}
	var w xmlw
	n.write(&w, nsCmd)
	c.Raw = w.String()
	s.commands = append(s.commands, c)
	if len(s.commands) > commandsKeep {
		dropped := s.commands[0].Name
		s.commands = s.commands[1:]
		s.forgotten++
		s.waited[dropped] = max(0, s.waited[dropped]-1)
	}
	s.log.Debug("command", "name", name, "from", ss.jid)
	s.wake()
}

func (s *Server) run(ss *session, name string, n *node) answer {
	if condition, hit := take(s.faults.error, name); hit {
		return answer{condition: condition}
	}
	if message, hit := take(s.faults.fail, name); hit {
		return failure(message)
	}
	h := handlers[name]
	switch {
	case h == nil:
		return failure("unknown command " + name)
	case !ss.introduced && name != "xmppuser.ClientInfo":
		return failure("send xmppuser.ClientInfo first")
	}
	return h(s, ss, n)
}

// deliver sends the reply now, later or never, as the faults say.
func (s *Server) deliver(ss *session, id string, a answer) {
	if s.faults.lose > 0 {
		s.faults.lose--
		return
	}
	b := ss.result(id, a.payload)
	if a.condition != "" {
		b = ss.fail(id, "wait", a.condition)
	}
	s.replies.run(s.faults.delay, func() { ss.send(b) })
}

// Commands lists what was received so far, the last 10000 at most, oldest first.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// commandsSince lists what came after the first n commands, and how many there were by now.
func (s *Server) commandsSince(n int) ([]Command, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands[max(0, min(n-s.forgotten, len(s.commands))):]), s.forgotten + len(s.commands)
}

// WaitCommand gives the oldest command of that name that it has not given yet,
// waiting for it until ctx ends. Recording comes before the reply.
func (s *Server) WaitCommand(ctx context.Context, name string) (c Command, err error) {
	err = s.await(ctx, "command "+name, func() bool {
		seen := 0
		for _, k := range s.commands {
			if k.Name != name {
				continue
			}
			if seen++; seen > s.waited[name] {
				s.waited[name], c = seen, k
				return true
			}
		}
		return false
	})
	return c, err
}

// actor is the user a command acts for: the session's own, or, for supervisors, the named one.
func (s *Server) actor(ss *session, name string) (*user, error) {
	if name == "" {
		return ss.user, nil
	}
	u := s.find(name)
	switch {
	case u == nil && !ss.user.supervisor():
		return nil, errForeign
	case u == nil:
		return nil, errors.New("no such user")
	case u != ss.user && !ss.user.supervisor():
		return nil, errForeign
	}
	return u, nil
}

// limit reads a count attribute.
func limit(text string, preset int) (int, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return preset, true
	}
	n := 0
	for _, r := range text {
		if r < '0' || r > '9' || n > 1_000_000 {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, true
}
