package pbx

import (
	"context"
	"fmt"
	"slices"
)

var actionVerbs map[string]actionVerb

func init() {
	actionVerbs = map[string]actionVerb{
		"inbound":  {`inbound NUMBER ["NAME"] -> EXT`, 3, 4, parseInbound},
		"internal": {"internal EXT -> EXT", 3, 3, parseInternal},
		"dial":     twoArguments("dial EXT TARGET", func(s *Server, a, b string) error { _, err := s.HandsetDial(a, b); return err }),
		"answer":   {`answer EXT [on "DEVICE"]`, 1, 3, parseAnswer},
		"decline":  oneArgument("decline EXT", (*Server).Decline), "hangup": oneArgument("hangup EXT", (*Server).HangupUser),
		"hold": oneArgument("hold EXT", (*Server).HandsetHold), "unhold": oneArgument("unhold EXT", (*Server).HandsetUnhold),
		"blind": twoArguments("blind EXT TARGET", (*Server).Blind), "redirect": twoArguments("redirect EXT TARGET", (*Server).Redirect),
		"attended":   oneArgument("attended EXT", (*Server).CompleteTransfer),
		"conference": oneArgument("conference EXT", (*Server).Conference),
		"pickup":     twoArguments("pickup EXT RINGING-EXT", (*Server).Pickup),
		"far-answer": farAction("far-answer EXT", (*Call).AnswerFar), "far-decline": farAction("far-decline EXT", (*Call).DeclineFar),
		"far-busy": farAction("far-busy EXT", (*Call).DeclineFar), "far-hangup": farAction("far-hangup EXT", (*Call).HangupFar),
		"far-rename": {`far-rename EXT NUMBER ["NAME"]`, 2, 3, parseRename},
		"far":        {"far NUMBER|* answers|declines|busy|silent [DELAY]", 2, 3, parseFar},
		"phone":      twoArguments("phone EXT off|free|dnd|auto", (*Server).SetPhone),

		"drop-link":          noArguments("drop-link", (*Server).DropAll),
		"freeze":             noArguments("freeze", (*Server).Freeze),
		"thaw":               noArguments("thaw", (*Server).Thaw),
		"delay-replies":      {"delay-replies DELAY", 1, 1, parseDelayReplies},
		"lose-replies":       {"lose-replies N", 1, 1, parseLoseReplies},
		"end-streams":        {"end-streams [CONDITION]", 0, 1, parseEndStreams},
		"refuse-logins":      onOffArgument("refuse-logins on|off", func(s *Server, on bool) error { s.RefuseLogins(on); return nil }),
		"refuse-connections": onOffArgument("refuse-connections on|off", (*Server).RefuseConnections),
		"stall":              {"stall none|header|tls|sasl|bind", 1, 1, parseStall},
		"fail-next":          {`fail-next COMMAND ["MESSAGE"]`, 1, 2, parseFailNext},
		"error-next":         twoArguments("error-next COMMAND CONDITION", func(s *Server, a, b string) error { s.ErrorNext(a, b); return nil }),
		"raw":                twoArguments("raw LOGIN STANZA", (*Server).RawTo),
		"flood":              {"flood LOGIN COUNT", 2, 2, parseFlood},
		"load":               {"load COUNT", 1, 1, parseLoad},
		"all":                {"all answer|decline|hangup|hold|unhold|far-hangup", 1, 1, parseAll},
		"sleep":              {"sleep DELAY", 1, 1, parseSleep},
		"say":                {"say TEXT", 1, 100, func([]string) (action, error) { return func(context.Context, *scriptRun) error { return nil }, nil }},
		"wait":               {"wait command NAME [TIMEOUT] | wait login LOGIN [TIMEOUT]", 2, 3, parseWait},
	}
}

// onServer returns an action that calls fn with the server.
func onServer(fn func(s *Server) error) (action, error) {
	return func(_ context.Context, r *scriptRun) error { return fn(r.s) }, nil
}

func noArguments(usage string, fn func(*Server)) actionVerb {
	return actionVerb{usage, 0, 0, func([]string) (action, error) { return onServer(func(s *Server) error { fn(s); return nil }) }}
}

func oneArgument(usage string, fn func(*Server, string) error) actionVerb {
	return actionVerb{usage, 1, 1, func(a []string) (action, error) { return onServer(func(s *Server) error { return fn(s, a[0]) }) }}
}

func twoArguments(usage string, fn func(*Server, string, string) error) actionVerb {
	return actionVerb{usage, 2, 2, func(a []string) (action, error) { return onServer(func(s *Server) error { return fn(s, a[0], a[1]) }) }}
}

func onOffArgument(usage string, fn func(*Server, bool) error) actionVerb {
	return actionVerb{usage, 1, 1, func(a []string) (action, error) {
		on, err := parseOnOff(a[0])
		if err != nil {
			return nil, err
		}
		return onServer(func(s *Server) error { return fn(s, on) })
	}}
}

func farAction(usage string, fn func(*Call) error) actionVerb {
	return oneArgument(usage, func(s *Server, who string) error {
		c, err := s.CallOf(who)
		if err != nil {
			return err
		}
		return fn(c)
	})
}

func parseInbound(a []string) (action, error) {
	name := ""
	if len(a) == 4 {
		name = a[1]
	}
	if a[len(a)-2] != "->" {
		return nil, fmt.Errorf(`write: inbound NUMBER ["NAME"] -> EXT`)
	}
	return onServer(func(s *Server) error { _, err := s.Inbound(a[0], name, a[len(a)-1]); return err })
}

func parseInternal(a []string) (action, error) {
	if a[1] != "->" {
		return nil, fmt.Errorf("write: internal EXT -> EXT")
	}
	return onServer(func(s *Server) error { _, err := s.Internal(a[0], a[2]); return err })
}

func parseAnswer(a []string) (action, error) {
	device := ""
	if len(a) == 3 {
		device = a[2]
	}
	if len(a) == 2 || len(a) == 3 && a[1] != "on" {
		return nil, fmt.Errorf(`write: answer EXT [on "DEVICE"]`)
	}
	return onServer(func(s *Server) error { return s.AnswerOn(a[0], device) })
}

func parseRename(a []string) (action, error) {
	name := ""
	if len(a) == 3 {
		name = a[2]
	}
	return onServer(func(s *Server) error {
		c, err := s.CallOf(a[0])
		if err != nil {
			return err
		}
		return c.RenameFar(a[1], name)
	})
}

func parseFar(a []string) (action, error) {
	f := farScript{behaviour: a[1]}
	if !slices.Contains([]string{"answers", "declines", "busy", "silent"}, f.behaviour) {
		return nil, fmt.Errorf("%q: write answers, declines, busy or silent", f.behaviour)
	}
	if len(a) == 3 {
		d, err := parseDuration(a[2])
		if err != nil {
			return nil, err
		}
		f.delay = d
	}
	return func(_ context.Context, r *scriptRun) error { // the delay is divided by the script's speed too
		scaled := f
		scaled.delay = r.scaled(f.delay)
		return r.s.setFar(a[0], scaled)
	}, nil
}

func parseDelayReplies(a []string) (action, error) {
	d, err := parseDuration(a[0])
	if err != nil {
		return nil, err
	}
	return onServer(func(s *Server) error { s.DelayReplies(d); return nil })
}

func parseLoseReplies(a []string) (action, error) {
	n, err := parseCount(a[0])
	if err != nil {
		return nil, err
	}
	return onServer(func(s *Server) error { s.LoseReplies(n); return nil })
}

func parseEndStreams(a []string) (action, error) {
	condition := ""
	if len(a) == 1 {
		condition = a[0]
	}
	return onServer(func(s *Server) error { s.EndStreams(condition); return nil })
}

func parseStall(a []string) (action, error) {
	p := StallPoint(a[0])
	if !slices.Contains([]StallPoint{StallNone, StallHeader, StallTLS, StallSASL, StallBind}, p) {
		return nil, fmt.Errorf("%q: write none, header, tls, sasl or bind", a[0])
	}
	return onServer(func(s *Server) error { s.Stall(p); return nil })
}

func parseFailNext(a []string) (action, error) {
	message := ""
	if len(a) == 2 {
		message = a[1]
	}
	return onServer(func(s *Server) error { s.FailNext(a[0], message); return nil })
}

func parseSleep(a []string) (action, error) {
	d, err := parseDuration(a[0])
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r *scriptRun) error {
		return r.sleep(ctx, r.scaled(d))
	}, nil
}

// parseFlood parses flood LOGIN COUNT.
func parseFlood(a []string) (action, error) {
	n, err := parseCount(a[1])
	if err != nil {
		return nil, err
	}
	return onServer(func(s *Server) error { return s.Flood(a[0], n) })
}

func parseWait(a []string) (action, error) {
	switch a[0] {
	case "command":
		return waitAction(a[1:], func(ctx context.Context, s *Server, name string) error {
			_, err := s.WaitCommand(ctx, name)
			return err
		})
	case "login":
		return waitAction(a[1:], func(ctx context.Context, s *Server, name string) error { _, err := s.WaitLogin(ctx, name); return err })
	}
	return nil, fmt.Errorf("write: wait command NAME [TIMEOUT] or wait login LOGIN [TIMEOUT]")
}
