package pbx

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// maxCommands bounds Commands.
const maxCommands = 10_000

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

// commandReply is the reply to a command: a payload and a function that runs after it, or an IQ error.
type commandReply struct {
	payload   []byte
	then      func()
	condition string
}

func successReply(then func()) commandReply {
	return commandReply{payload: outcome("Success", "Ok"), then: then}
}
func failureReply(message string) commandReply {
	return commandReply{payload: outcome("Failure", message)}
}
func payloadReply(payload []byte) commandReply { return commandReply{payload: payload} }

// handler serves one command; n is its element.
type handler func(s *Server, ss *session, n *node) commandReply

var errForeign = errors.New("not allowed for other users")

// handlers is filled in init, because some handlers refer to it.
var handlers map[string]handler

func init() {
	handlers = map[string]handler{
		"xmppuser.ClientInfo": clientInfoCommand, "xmppuser.FindUserInfo": findUserInfoCommand,
		"xmppuser.FindCustomData": customDataCommand, "xmppuser.InvokeCustomAction": customDataCommand,
		"event.AddSubscription": addSubscriptionCommand, "event.RemoveSubscription": removeSubscriptionCommand,
		"base.Dial": dialCommand, "base.DialFrom": dialFromCommand, "base.Hangup": hangupCommand,
		"base.Transfer": transferCommand, "base.Pickup": pickupCommand,
		"phone.Hold": phoneKey("hold", pressHold), "phone.Offhook": phoneKey("offhook", pressOffhook),
		"phone.Transfer": phoneKey("transfer", pressTransfer), "phone.Conference": phoneKey("conference", pressConference),
		"phone.Hangup":    phoneKey("hangup", pressHangup),
		"journal.FindOwn": findOwnRecordsCommand, "journal.FindByIdentity": findRecordsOfCommand,
		"phonebook.FindAll": phonebookCommand, "phonebook.Find": phonebookCommand,
		"location.Find": findLocationsCommand, "location.RelocateUser": relocateCommand, "location.LogoutUser": logoutLocationCommand,
		"queue.FindOwnState": ownQueuesCommand, "queue.FindQueueState": oneQueueCommand,
		"queue.AgentLogin": agentCommand(agentLogin), "queue.AgentLogout": agentCommand(agentLogout),
		"queue.AgentPause": agentCommand(agentPause), "queue.AgentUnpause": agentCommand(agentUnpause),
		"redirect.FindOwn": findRedirectsCommand, "mobile.PrepareDial": prepareDialCommand,
		"monitor.Start": monitorCommand("Start"), "monitor.Stop": monitorCommand("Stop"),
		"monitor.FindRecord": noRecordingCommand, "monitor.InitTransfer": noRecordingCommand,
		"archive.FindDates": archiveCommand("Dates"), "archive.FindEntries": archiveCommand("ArchiveEntryList"),
	}
	for alias, name := range map[string]string{ // names in the published samples
		"base.Find": "location.Find", "base.RelocateUser": "location.RelocateUser", "base.LogoutUser": "location.LogoutUser",
		"queue.FindQueue": "queue.FindQueueState", "monitor.FindRecording": "monitor.FindRecord",
	} {
		handlers[alias] = handlers[name]
	}
}

// receiveCommand records a command, replies and carries it out. The caller holds s.mu.
func (s *Server) receiveCommand(ss *session, iq, cmd *node) {
	id := iq.get("id")
	if iq.get("type") != "get" || len(cmd.kids) != 1 { // the type is get even for commands that act
		ss.send(ss.errorReply(id, "modify", "bad-request"))
		return
	}
	n := cmd.kids[0]
	name := cmd.get("module") + "." + n.name.Local
	s.recordCommand(ss, id, name, n)
	a := s.runCommand(ss, name, n)
	s.sendReply(ss, id, a)
	if a.then != nil {
		a.then()
	}
}

func (s *Server) recordCommand(ss *session, id, name string, n *node) {
	c := Command{Name: name, From: ss.jid, User: ss.user.Login, ID: id, Attrs: map[string]string{}, At: s.cfg.Now()}
	for _, a := range n.attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			c.Attrs[a.Name.Local] = a.Value
		}
	}
	var w xmlWriter
	n.write(&w, nsCmd)
	c.Raw = w.String()
	s.commands = append(s.commands, c)
	if len(s.commands) > maxCommands {
		dropped := s.commands[0].Name
		s.commands = s.commands[1:]
		s.droppedCommands++
		s.waitedFor[dropped] = max(0, s.waitedFor[dropped]-1)
	}
	s.log.Debug("command", "name", name, "from", ss.jid)
	s.notifyWaiters()
}

func (s *Server) runCommand(ss *session, name string, n *node) commandReply {
	if condition, hit := takeFault(s.faults.iqErrors, name); hit {
		return commandReply{condition: condition}
	}
	if message, hit := takeFault(s.faults.failures, name); hit {
		return failureReply(message)
	}
	h := handlers[name]
	switch {
	case h == nil:
		return failureReply("unknown command " + name)
	case !ss.clientInfoSeen && name != "xmppuser.ClientInfo":
		return failureReply("send xmppuser.ClientInfo first")
	}
	return h(s, ss, n)
}

// sendReply sends the reply, unless a fault delays or loses it.
func (s *Server) sendReply(ss *session, id string, a commandReply) {
	if s.faults.loseReplies > 0 {
		s.faults.loseReplies--
		return
	}
	b := ss.resultReply(id, a.payload)
	if a.condition != "" {
		b = ss.errorReply(id, "wait", a.condition)
	}
	s.delayedReplies.enqueue(s.faults.replyDelay, func() { ss.send(b) })
}

// Commands returns the commands received so far, at most the last 10000, oldest first.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// commandsSince returns the commands after the first n, and how many there are by now.
func (s *Server) commandsSince(n int) ([]Command, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands[max(0, min(n-s.droppedCommands, len(s.commands))):]), s.droppedCommands + len(s.commands)
}

// WaitCommand returns the oldest command of that name that it has not returned
// before, and waits for it until ctx ends. A command is recorded before its reply.
func (s *Server) WaitCommand(ctx context.Context, name string) (c Command, err error) {
	err = s.await(ctx, "command "+name, func() bool {
		seen := 0
		for _, k := range s.commands {
			if k.Name != name {
				continue
			}
			if seen++; seen > s.waitedFor[name] {
				s.waitedFor[name], c = seen, k
				return true
			}
		}
		return false
	})
	return c, err
}

// actingUser returns the user that a command acts for: the session's user or, for a supervisor, the named one.
func (s *Server) actingUser(ss *session, name string) (*user, error) {
	if name == "" {
		return ss.user, nil
	}
	u := s.findUser(name)
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

// readLimit reads the attribute limit.
func readLimit(text string, preset int) (int, bool) {
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
