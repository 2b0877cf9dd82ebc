package bycall

import (
	"fmt"
	"strings"

	"offhook/engine"
)

const (
	name       = "bycall"
	namespace  = "urn:offhook:bycall:1"
	keyService = "bycall-service"
)

// Dialect reads and writes the protocol.
type Dialect struct {
	service string // JID of the call service
}

var _ engine.Dialect = (*Dialect)(nil)

// Registration is the dialect's row in a registry.
func Registration() engine.DialectRegistration {
	service := engine.DialectSetting{Key: keyService, Default: "calls.bycall.example", Doc: "JID of the call service.", Check: checkService}
	return engine.DialectRegistration{Name: name, DefaultDomain: "bycall.example", Settings: []engine.DialectSetting{service},
		New: func(c engine.DialectConfig) (engine.Dialect, error) {
			d := &Dialect{service: service.Value(c)}
			if c.CommandTo != "" {
				d.service = c.CommandTo
			}
			return d, checkService(d.service)
		}}
}

func checkService(jid string) error {
	if jid == "" || len(jid) > maxText || strings.ContainsAny(jid, " \t\r\n<>&\"'") {
		return fmt.Errorf("bycall: the call service is %q; it must be a JID", jid)
	}
	return nil
}

// Name is "bycall".
func (*Dialect) Name() string { return name }

// Traits say that the PBX acts on calls by their channels.
func (*Dialect) Traits() engine.Traits {
	return engine.Traits{Offers: engine.ActDial | engine.ActAnswer | engine.ActDrop | engine.ActHold | engine.ActUnhold |
		engine.ActBlindTransfer | engine.ActSetupTransfer | engine.ActCompleteTransfer | engine.ActConference | engine.ActRedirect}
}

// Login says that the session is there, and then follows the calls.
func (*Dialect) Login(jid string, s engine.LoginSettings) []engine.Command {
	return []engine.Command{{Kind: engine.CmdPresence}, {Kind: engine.CmdLogin, Login: s, JID: jid}}
}
