package pascom

import (
	"fmt"

	"offhook/engine"
)

// Dialect reads and writes pascom's command API. Make it with [New].
type Dialect struct{ opts Options }

var _ engine.Dialect = (*Dialect)(nil)

// New makes the dialect. Settings that [Options.Validate] refuses count as their defaults.
func New(opts Options) *Dialect { return &Dialect{opts} }

const (
	name          = "pascom"
	defaultDomain = "mobydick"
)

// Name is "pascom".
func (*Dialect) Name() string { return name }

// Decision B11: what pascom's commands can do. The engine narrows it: completing a transfer and a conference need both
// calls on one phone, a consultation call needs the phone's `dial`.
const offered = engine.ActDial | engine.ActAnswer | engine.ActDrop | engine.ActHold | engine.ActUnhold | engine.ActPickup |
	engine.ActBlindTransfer | engine.ActSetupTransfer | engine.ActCompleteTransfer | engine.ActConference

// Traits are decision B11's set. pascom acts on calls by the keys of
// the phone that carries them, but for hanging up and transfers to a number.
func (*Dialect) Traits() engine.Traits {
	return engine.Traits{Offers: offered, Hold: engine.ByDevice, Transfer: engine.ByDevice,
		Conference: engine.ByDevice, Answer: engine.ByDevice, HangupKey: true, NeedsRole: roleSupervisor}
}

// Decode reads one raw stanza; see the package comment for the steps and the rules. Strings in o may be parts of raw.
func (d *Dialect) Decode(raw string, where engine.Origin, o *engine.Observation) {
	if len(raw) > maxStanza {
		ignore(o, "malformed", fmt.Sprintf("a stanza of %d bytes, more than %d", len(raw), maxStanza))
		return
	}
	var e event
	if predict(raw, &e) {
		d.observe(&e, where, o)
		return
	}
	e = event{}
	if scan(raw, &e) {
		d.observe(&e, where, o)
		return
	}
	d.decodeTree(raw, where, o)
}

// observe turns a simple stanza, read by any of the three steps, into an observation.
func (d *Dialect) observe(e *event, where engine.Origin, o *engine.Observation) {
	o.To = sessionUser(e.to, where)
	switch {
	case e.form == formPresence:
		observePresence(e, where, o)
	case e.typ == "groupchat":
		o.Kind = engine.ObsForeign
	case !fromPBX(e.from, domainOf(e.to, where)):
		stranger(e.from, o)
	case e.typ == "error":
		ignore(o, "not-used", "error")
	case e.form == formPickup:
		d.observePickup(e, o)
	default:
		d.observeChannel(e, o)
	}
}

func ignore(o *engine.Observation, code, text string) {
	o.Kind, o.Code, o.Text = engine.ObsIgnored, code, cut(text)
}
