package engine

import (
	"fmt"
	"strings"
	"testing"

	"offhook/events"
	"offhook/internal/trace"
)

// plain is a dialect for tests: one line of words, "ringing user=ida ch=A dev=D from=0711 to=41 out int".
// The zero value acts by keys of the devices, as pascom does.
type plain struct{ byChannel bool }

var _ Dialect = plain{}

func (plain) Name() string { return "plain" }

var plainKinds = map[string]ChannelKind{"ringing": ChannelRinging, "busy": ChannelTalking, "hold": ChannelHeld,
	"unhold": ChannelRetrieved, "transfer": ChannelTransferred, "rename": ChannelRenamed, "redirect": ChannelRedirected, "hangup": ChannelEnded}

func (plain) Decode(raw string, _ Origin, o *Observation) {
	words := strings.Fields(raw)
	if len(words) == 0 {
		o.Kind, o.Code, o.Text = ObsIgnored, "malformed", "nothing"
		return
	}
	f := &o.Facts
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		switch k {
		case "user":
			o.User = v
		case "session":
			o.To = v
		case "ch":
			f.Channel = v
		case "dev":
			f.Device = v
		case "from":
			f.Source.Number = v
		case "fromName":
			f.Source.Name = v
		case "to":
			f.Target.Number = v
		case "via":
			f.Forwarder.Number = v
		case "out":
			f.Outbound = true
		case "int":
			f.Internal = true
		case "since":
			f.TalkSince = 1
		case "id":
			o.ID = v
		case "text":
			o.Text = v
		case "ext":
			o.Found.Extension = v
		case "boss":
			o.Found.Supervisor = true
		case "colleague":
			o.Pickup.Colleague = v
		case "number":
			o.Pickup.Number, o.Record.Number = v, v
		}
	}
	switch k := plainKinds[words[0]]; {
	case k != 0:
		o.Kind, o.Channel = ObsChannel, k
	case words[0] == "ok":
		o.Kind, o.Reply = ObsReply, ReplyOK
	case words[0] == "fail":
		o.Kind, o.Reply = ObsReply, ReplyFailed
	case words[0] == "user":
		o.Kind, o.Reply, o.Found.User, o.Found.Enabled = ObsReply, ReplyUser, o.User, true
	case words[0] == "users":
		o.Kind, o.Reply, o.Users = ObsReply, ReplyUsers, strings.Split(o.Text, ",")
	case words[0] == "free", words[0] == "incall", words[0] == "gone":
		o.Kind = ObsPhone
		o.Phone = map[string]events.PhoneState{"free": events.PhoneFree, "incall": events.PhoneInCall, "gone": events.PhoneGone}[words[0]]
	case words[0] == "offer", words[0] == "offergone":
		o.Kind, o.Offered, o.Pickup.Caller = ObsPickup, words[0] == "offer", f.Source
	case words[0] == "entry":
		o.Kind = ObsCallRecord
	case words[0] == "chat":
		o.Kind = ObsForeign
	default:
		o.Kind, o.Code, o.Text = ObsIgnored, "unknown", words[0]
	}
}

var plainCommands = map[CommandKind]string{CmdPresence: "presence", CmdLogin: "login", CmdFindUser: "find", CmdRoster: "roster",
	CmdDial: "dial", CmdPickup: "pickup", CmdAnswer: "answer", CmdHold: "hold", CmdRetrieve: "retrieve", CmdHangup: "hangup",
	CmdHangupDevice: "hangup-key", CmdBlindTransfer: "transfer", CmdRedirect: "redirect", CmdCompleteTransfer: "complete", CmdConference: "conference"}

// plainKeys are the words of the commands that are keys of a device; retrieving presses the hold key again.
var plainKeys = map[CommandKind]string{CmdAnswer: "offhook", CmdHold: "hold", CmdRetrieve: "hold", CmdHangupDevice: "phone-hangup",
	CmdCompleteTransfer: "transfer-key", CmdConference: "conference-key"}

func (d plain) Encode(b []byte, id string, c Command) []byte {
	word, target, other := plainCommands[c.Kind], Target{Channel: c.Target.Channel}, c.Other.Channel
	if key := plainKeys[c.Kind]; key != "" && !d.byChannel {
		word, target, other = key, Target{Device: c.Target.Device}, ""
	}
	b = append(b, word...)
	for _, x := range [][2]string{{"id", id}, {"user", c.User}, {"ch", target.Channel}, {"dev", target.Device}, {"other", other}, {"number", c.Number}} {
		if x[1] != "" {
			b = append(b, " "+x[0]+"="+x[1]...)
		}
	}
	return b
}

func (plain) Login(jid string, s LoginSettings) []Command {
	return []Command{{Kind: CmdLogin, JID: jid, Login: s}, {Kind: CmdPresence}}
}

func (d plain) Traits() Traits {
	t := Traits{Offers: ActDial | ActAnswer | ActDrop | ActHold | ActUnhold | ActPickup | ActBlindTransfer | ActSetupTransfer | ActCompleteTransfer | ActConference}
	if !d.byChannel {
		t.Hold, t.Transfer, t.Conference, t.Answer = ByDevice, ByDevice, ByDevice, ByDevice
		t.HangupKey, t.NeedsRole = true, "boss"
	}
	return t
}

// tell is one output in a short form.
func tell(o Output) string {
	switch o.Kind {
	case OutEvent:
		return "event " + o.Event.Name() + fmt.Sprint(o.Event.AppendFields(nil))
	case OutSend:
		return "send " + o.Raw
	case OutClose:
		return "close " + o.Raw
	}
	c := o.Change
	switch c.Kind {
	case CallMoved:
		s := fmt.Sprintf("%s/%d %s -> %s", c.Line.Address, c.Call.Number, c.From, c.To)
		if c.To == Disconnected || c.To == Idle {
			s += " " + c.Call.Cause.String()
		}
		return s
	case CallUpdated:
		return fmt.Sprintf("%s/%d info %b caller=%s connected=%s redirecting=%s redirection=%s reason=%s", c.Line.Address, c.Call.Number, c.Info,
			c.Call.Caller.Number, c.Call.Connected.Number, c.Call.Redirecting.Number, c.Call.Redirection.Number, c.Call.Reason)
	case ActionsChanged:
		return fmt.Sprintf("%s/%d can %s", c.Line.Address, c.Call.Number, strings.Join(c.Call.Actions.Names(), ","))
	case LineUpdated:
		return fmt.Sprintf("line %s service=%v phone=%s offers=%d", c.Line.Address, c.Line.InService, c.Line.Phone, c.Line.Offers)
	case LineGone:
		return "line gone " + c.Line.Address
	case RequestAccepted:
		return fmt.Sprintf("accepted %d %s call=%d other=%d", c.Request.ID, c.Request.Kind, c.Request.Call, c.Request.Other)
	case RequestEnded:
		return fmt.Sprintf("ended %d %s", c.Finished.ID, c.Finished.Result)
	case InputIgnored:
		return "ignored " + c.Code
	case NoticeRaised:
		return "notice " + c.Severity.String() + " " + c.Code
	}
	return "?"
}

// desk is an engine with one line in service, for stories.
type desk struct {
	t    *testing.T
	core *Core
	at   int64
	req  uint32
}

func newDesk(t *testing.T, change ...func(*Settings)) *desk {
	set := Settings{Journal: "test", Learn: true, Lines: []events.LineFacts{{User: "ida", Name: "Ida Lund", Address: "41",
		Devices: []events.Device{{Name: "D"}, {Name: "E"}}}}}
	for _, f := range change {
		f(&set)
	}
	d := &desk{t: t, core: NewCore(set, plain{}), at: 1_000_000}
	d.feed(trace.Record{Kind: trace.Start})
	return d
}

func (d *desk) feed(r trace.Record) []string {
	d.at++
	r.At = d.at
	var out []string
	for _, o := range d.core.Step(r) {
		if o.Kind != OutEvent {
			out = append(out, tell(o))
		}
	}
	return out
}

// in feeds a stanza; what followed, without events and can-lines.
func (d *desk) in(raw string) []string { return quiet(d.feed(trace.Record{Kind: trace.In, Raw: raw})) }

// wait lets time pass.
func (d *desk) wait(seconds float64) []string {
	d.at += int64(seconds * 1000)
	return quiet(d.feed(trace.Record{Kind: trace.Timer}))
}

func (d *desk) ask(kind events.RequestKind, call uint32, number string) []string {
	d.req++
	return quiet(d.feed(trace.Record{Kind: trace.Request, Request: &trace.RequestRecord{ID: d.req, Name: kind.String(), Line: "ida", Call: call, Number: number}}))
}

func quiet(all []string) []string {
	var out []string
	for _, s := range all {
		if !strings.Contains(s, " can ") && !strings.HasPrefix(s, "accepted ") {
			out = append(out, s)
		}
	}
	return out
}
