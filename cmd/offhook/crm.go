package main

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"offhook/adapters/tapi/conformance"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
)

// crm plays a CRM program and the Telephony service under it: it opens every line of a provider and acts on what it is
// told, as the demo's story wants it.
type crm struct {
	p       *provider.Provider
	ask     func(q events.RequestFacts, dialled string) (uint32, error) // set before the first line is opened
	monitor *conformance.Monitor
	tell    func(string)
	lines   map[string]uint32 // line handles by extension
	next    uint32            // device id of the next line
	request atomic.Uint32
	done    map[string]bool // steps of the story that were taken
	breach  []string        // conformance rules that were broken
	asked   int
}

var _ live.Frontend = (*crm)(nil)

func newCRM(o projection.Options, offers engine.Actions, tell func(string)) *crm {
	c := &crm{monitor: conformance.NewMonitor(), tell: tell, lines: map[string]uint32{}, done: map[string]bool{}}
	c.p = provider.New(provider.Config{Projection: o, Offers: offers, Source: "demo",
		Frontend: c.Name(), Ask: func(q events.RequestFacts, dialled string) (uint32, error) { return c.ask(q, dialled) }})
	return c
}

// Name names it.
func (c *crm) Name() string { return "demo CRM" }

// Run serves the program until ctx is done.
func (c *crm) Run(ctx context.Context, r *live.Reader, ask live.Asker) error {
	c.ask = func(q events.RequestFacts, dialled string) (uint32, error) {
		return ask.Ask(ctx, live.Request{Kind: q.Kind, Line: q.Line, Call: q.Call, Other: q.Other, Number: q.Number, Dialled: dialled, Principal: "demo", Ref: q.Ref})
	}
	c.p.Init(0, 0)
	return r.Follow(ctx, live.Follower{
		Snapshot: func(s *engine.Snapshot) {
			c.p.Bridge(*s)
			c.hear()
		},
		Change: func(ch *engine.Change) {
			c.p.Feed(*ch)
			c.hear()
		},
	})
}

// hear takes what the provider says, one message at a time.
func (c *crm) hear() {
	for m, ok := c.p.Next(); ok; m, ok = c.p.Next() {
		if m.Message == spec.MessageCreate {
			c.open(m)
			continue
		}
		c.breach = append(c.breach, c.monitor.Observe(m.Notice)...)
		c.act(m)
	}
}

// open takes a new line into use.
func (c *crm) open(m provider.HostMessage) {
	device := c.next
	c.next++
	if c.p.CreateDevice(m.Device, device) != spec.LineErrNone {
		return
	}
	if h, err := c.p.Open(device, spec.Version31); err == spec.LineErrNone {
		c.lines[m.Address] = h
	}
}

// act is the program's part of the story.
func (c *crm) act(m provider.HostMessage) {
	at := func(line string, s spec.CallState) bool {
		return m.Message == spec.MessageCallState && m.Address == line && m.State == s
	}
	customer := m.Record != nil && strings.HasSuffix(m.Record.Info.CallerID.Number, "5550199")
	switch {
	case customer && at("41", spec.CallStateOffering):
		c.soon("answer", "lineAnswer at 41", func(id uint32) { c.p.Answer(id, m.HDCall) })
	case customer && at("41", spec.CallStateConnected) && !c.done["hold"]:
		c.soon("hold", "lineHold at 41", func(id uint32) { c.p.Hold(id, m.HDCall) })
	case customer && at("41", spec.CallStateOnHold):
		c.soon("unhold", "lineUnhold at 41", func(id uint32) { c.p.Unhold(id, m.HDCall) })
	case customer && at("41", spec.CallStateConnected) && c.done["unhold"]:
		c.soon("transfer", "lineBlindTransfer from 41 to 43", func(id uint32) { c.p.BlindTransfer(id, m.HDCall, "43") })
	case at("44", spec.CallStateOffering):
		c.soon("pickup", "linePickup at 41 of 44", func(id uint32) { c.p.Pickup(id, c.lines["41"], 0, "44", "") })
	case at("41", spec.CallStateIdle) && c.done["pickup"]:
		to := "T 0715 551-200"
		c.soon("dial", "lineMakeCall at 43 to "+to, func(id uint32) { c.p.MakeCall(id, c.lines["43"], &to, nil) })
	case at("43", spec.CallStateConnected) && m.Record.Info.Origin == spec.CallOriginOutbound && c.done["dial"]:
		c.soon("drop", "lineDrop at 43", func(id uint32) { c.p.Drop(id, m.HDCall) })
	}
}

// soon takes a step of the story once, after the moment a person needs.
func (c *crm) soon(step, text string, do func(id uint32)) {
	if c.done[step] {
		return
	}
	c.done[step] = true
	c.asked++
	id := c.request.Add(1)
	time.AfterFunc(350*time.Millisecond, func() {
		c.tell("   CRM: " + text)
		do(id)
	})
}
