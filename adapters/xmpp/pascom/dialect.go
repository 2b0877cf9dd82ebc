package pascom

import (
	"fmt"

	"offhook/engine"
)

// Dialect reads and writes pascom's command API. Make it with [New].
type Dialect struct{ opts Options }

var _ engine.Dialect = (*Dialect)(nil)

// New returns the dialect. Settings that [Options.Validate] refuses count as their defaults.
func New(opts Options) *Dialect { return &Dialect{opts} }

const (
	name          = "pascom"
	defaultDomain = "mobydick"
)

// Name is "pascom".
func (*Dialect) Name() string { return name }

// offeredActions are the actions that pascom's commands can do (decision B11). The engine narrows them: completing a transfer and a conference need both
// calls on one phone, a consultation call needs the phone's `dial`.
const offeredActions = engine.ActDial | engine.ActAnswer | engine.ActDrop | engine.ActHold | engine.ActUnhold | engine.ActPickup |
	engine.ActBlindTransfer | engine.ActSetupTransfer | engine.ActCompleteTransfer | engine.ActConference

// Traits returns pascom's traits (decision B11): its commands act on a call by the keys of the phone that carries it,
// except for hanging up and transfers to a number.
func (*Dialect) Traits() engine.Traits {
	return engine.Traits{Offers: offeredActions, Hold: engine.ByDevice, Transfer: engine.ByDevice,
		Conference: engine.ByDevice, Answer: engine.ByDevice, HangupKey: true, NeedsRole: roleSupervisor}
}

// Decode reads one raw stanza; see the package comment for the steps and the rules. Strings in o may be parts of raw.
func (d *Dialect) Decode(raw string, where engine.Origin, o *engine.Observation) {
	if len(raw) > maxStanza {
		ignoreStanza(o, "malformed", fmt.Sprintf("a stanza of %d bytes, more than %d", len(raw), maxStanza))
		return
	}
	var e simpleStanza
	if predict(raw, &e) {
		d.observe(&e, where, o)
		return
	}
	e = simpleStanza{}
	if scan(raw, &e) {
		d.observe(&e, where, o)
		return
	}
	d.decodeTree(raw, where, o)
}

// observe turns a simple stanza, read by any of the three steps, into an observation.
func (d *Dialect) observe(e *simpleStanza, where engine.Origin, o *engine.Observation) {
	o.To = sessionUser(e.to, where)
	switch {
	case e.form == formPresence:
		observePresence(e, where, o)
	case e.stanzaType == "groupchat":
		o.Kind = engine.ObsForeign
	case !fromPBX(e.from, pbxDomain(e.to, where)):
		ignoreUntrusted(e.from, o)
	case e.stanzaType == "error":
		ignoreStanza(o, "not-used", "error")
	case e.form == formPickup:
		d.observePickup(e, o)
	default:
		d.observeChannel(e, o)
	}
}

func ignoreStanza(o *engine.Observation, code, text string) {
	o.Kind, o.Code, o.Text = engine.ObsIgnored, code, truncateText(text)
}
