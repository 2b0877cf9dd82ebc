package replay

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"regexp"
	"strings"

	"offhook/engine"
	"offhook/internal/fact"
	"offhook/replay/source"
)

// plainDialect reads <message k="ringing" ch="c1" from="1" to="41"/> and the like; anything else is foreign.
type plainDialect struct{}

var attribute = regexp.MustCompile(`(\w+)="([^"]*)"`)

var plainKinds = map[string]engine.ChannelKind{"ringing": engine.ChannelRinging, "talking": engine.ChannelTalking,
	"hold": engine.ChannelHeld, "hangup": engine.ChannelEnded}

func (plainDialect) Name() string { return "plain" }

func (plainDialect) Decode(raw string, _ engine.Origin, o *engine.Observation) {
	a := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(raw, -1) {
		a[m[1]] = m[2]
	}
	switch {
	case strings.HasPrefix(raw, "<message") && a["k"] != "":
		o.Kind, o.Channel, o.User = engine.ObsChannel, plainKinds[a["k"]], a["user"]
		o.Facts.Channel, o.Facts.Source.Number, o.Facts.Target.Number = a["ch"], a["from"], a["to"]
		if o.Channel == 0 {
			o.Kind, o.Code, o.Text = engine.ObsIgnored, "unknown-event-type", a["k"]
		}
	case strings.HasPrefix(raw, "<iq") && a["id"] != "":
		o.Kind, o.ID, o.Reply = engine.ObsReply, a["id"], engine.ReplyOK
	}
}

func (plainDialect) Encode(b []byte, id string, c engine.Command) []byte {
	return append(b, `<iq type="get" id="`+id+`" number="`+c.Number+`"/>`...)
}

func (plainDialect) Login(string, engine.LoginSettings) []engine.Command { return nil }

func (plainDialect) Traits() engine.Traits {
	return engine.Traits{Offers: ^engine.Actions(0), Hold: engine.ByDevice, Transfer: engine.ByDevice, Conference: engine.ByDevice,
		Answer: engine.ByDevice, HangupKey: true}
}

// plainProjector emits a line fact for each change of a call's state, and one at the end.
type plainProjector struct{ mark string }

func (p plainProjector) Apply(c engine.Change, emit func(fact.Fact)) {
	if c.Kind == engine.CallMoved {
		emit(fact.Fact{Kind: fact.Line, At: int64(c.At), Line: c.Line.Address, Msg: "LINE_CALLSTATE", Call: c.Call.Number, CallState: c.To.String() + p.mark})
	}
}

func (p plainProjector) Flush(emit func(fact.Fact)) {
	emit(fact.Fact{Kind: fact.Line, Line: "all", Msg: "END"})
}

func (plainProjector) Bridge(s engine.Snapshot, emit func(fact.Fact)) {
	for _, v := range s.Calls {
		emit(fact.Fact{Kind: fact.Line, Line: v.Line, Msg: "BRIDGE", Call: v.Number, CallState: v.State.String()})
	}
}

// plainSplit splits at the ends of stanzas. It leaves out what is no stanza, up to the next line.
func plainSplit(r io.Reader) func() (source.Piece, error) {
	all, err := io.ReadAll(r)
	s := string(bytes.TrimPrefix(all, []byte("\xEF\xBB\xBF")))
	at := int64(0)
	return func() (source.Piece, error) {
		lead := len(s) - len(strings.TrimLeft(s, " \r\n\t"))
		s, at = s[lead:], at+int64(lead)
		switch {
		case s == "" && err != nil:
			return source.Piece{Offset: at}, err
		case s == "":
			return source.Piece{Offset: at}, io.EOF
		case s[0] != '<':
			l, rest, _ := strings.Cut(s, "\n")
			p := source.Piece{Code: "malformed", Text: "no tag", Offset: at}
			s, at = rest, at+int64(len(l)+1)
			return p, nil
		}
		end := source.StanzaEnd(s)
		if end < 0 {
			return source.Piece{Offset: at}, errors.New("the input ends inside a stanza")
		}
		p := source.Piece{Raw: s[:end], Offset: at}
		s, at = s[end:], at+int64(end)
		return p, nil
	}
}

// openPlain makes these parts. It accepts no setting but plain.mark.
func openPlain(m map[string]string) (Parts, error) {
	p := plainProjector{}
	for key, value := range plainCanonical(m) {
		if key != "plain.mark" {
			return Parts{}, errors.New("unknown setting " + key)
		}
		p.mark = value
	}
	return Parts{Dialect: plainDialect{}, Projector: p, Split: plainSplit, CleanNumber: func(n string) (string, string) {
		if strings.Contains(n, "?") {
			return "", "DIALPROMPT"
		}
		return strings.ReplaceAll(n, " ", ""), ""
	}, Canonical: plainCanonical}, nil
}

// plainCanonical knows an old spelling of the one setting; where both are given, the present one counts.
func plainCanonical(m map[string]string) map[string]string {
	out := maps.Clone(m)
	if value, old := m["plain.old"]; old {
		delete(out, "plain.old")
		if _, both := m["plain.mark"]; !both {
			out["plain.mark"] = value
		}
	}
	return out
}

var plainOptions = Options{Open: openPlain}
