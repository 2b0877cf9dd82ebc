package live

import (
	"fmt"
	"strings"

	"offhook/engine"
	"offhook/events"
)

// plain is a dialect for the loop's tests: one line of words, "ringing user=ida ch=A dev=D from=0711 to=41".
type plain struct{}

var _ engine.Dialect = plain{}

func (plain) Name() string { return "plain" }

var plainKinds = map[string]engine.ChannelKind{"ringing": engine.ChannelRinging, "busy": engine.ChannelTalking,
	"hold": engine.ChannelHeld, "rename": engine.ChannelRenamed, "hangup": engine.ChannelEnded}

func (plain) Decode(raw string, _ engine.Origin, o *engine.Observation) {
	words := strings.Fields(raw)
	for _, w := range words[1:] {
		switch k, v, _ := strings.Cut(w, "="); k {
		case "user":
			o.User = v
		case "ch":
			o.Facts.Channel = v
		case "dev":
			o.Facts.Device = v
		case "from":
			o.Facts.Source.Number = v
		case "to":
			o.Facts.Target.Number = v
		case "id":
			o.ID = v
		}
	}
	switch words[0] {
	case "ok":
		o.Kind, o.Reply = engine.ObsReply, engine.ReplyOK
	case "incall":
		o.Kind, o.Phone = engine.ObsPhone, events.PhoneInCall
	case "chat":
		o.Kind = engine.ObsForeign
	default:
		o.Kind, o.Channel = engine.ObsChannel, plainKinds[words[0]]
	}
}

func (plain) Encode(b []byte, id string, c engine.Command) []byte {
	name := map[engine.CommandKind]string{engine.CmdDial: "dial", engine.CmdAnswer: "offhook"}[c.Kind]
	return fmt.Appendf(b, "%s id=%s dev=%s", name, id, c.Target.Device)
}

func (plain) Login(string, engine.LoginSettings) []engine.Command { return nil }

func (plain) Traits() engine.Traits {
	return engine.Traits{Offers: engine.ActDial | engine.ActAnswer, Answer: engine.ByDevice}
}

// tell is a change in a short form.
func tell(c *engine.Change) string {
	switch c.Kind {
	case engine.CallMoved:
		s := fmt.Sprintf("%s/%d %s -> %s", c.Line.Address, c.Call.Number, c.From, c.To)
		if c.To == engine.Disconnected || c.To == engine.Idle {
			s += " " + c.Call.Cause.String()
		}
		return s
	case engine.LineUpdated:
		return fmt.Sprintf("line %s service=%v phone=%s offers=%d", c.Line.Address, c.Line.InService, c.Line.Phone, c.Line.Offers)
	}
	return fmt.Sprintf("%d %s", c.Kind, c.Code)
}
