package demo

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

// crm plays a telephony program and the Telephony service below it: it opens every line of a provider and acts on the
// messages as the demo's story says.
type crm struct {
	provider *provider.Provider
	ask      func(q events.RequestFacts, dialled string) (uint32, error) // set before the first line is opened
	monitor  *conformance.Monitor
	print    func(string)
	lines    map[string]uint32 // line handles by extension
	next     uint32            // device id of the next line
	nextID   atomic.Uint32
	done     map[string]bool // steps of the story that were taken
	broken   []string        // conformance rules that were broken
	requests int
}

var _ live.Frontend = (*crm)(nil)

func newCRM(o projection.Options, offers engine.Actions, print func(string)) *crm {
	c := &crm{monitor: conformance.NewMonitor(), print: print, lines: map[string]uint32{}, done: map[string]bool{}}
	c.provider = provider.New(provider.Config{Projection: o, Offers: offers, Source: "demo",
		Frontend: c.Name(), Ask: func(q events.RequestFacts, dialled string) (uint32, error) { return c.ask(q, dialled) }})
	return c
}

// Name returns the frontend's name.
func (c *crm) Name() string { return "demo CRM" }

// Run serves the program until ctx is done.
func (c *crm) Run(ctx context.Context, r *live.Reader, ask live.Asker) error {
	c.ask = func(q events.RequestFacts, dialled string) (uint32, error) {
		return ask.Ask(ctx, live.Request{Kind: q.Kind, Line: q.Line, Call: q.Call, Other: q.Other, Number: q.Number, Dialled: dialled, Principal: "demo", Ref: q.Ref})
	}
	c.provider.Init(0, 0)
	return r.Follow(ctx, live.Follower{
		Snapshot: func(s *engine.Snapshot) {
			c.provider.Bridge(*s)
			c.takeMessages()
		},
		Change: func(ch *engine.Change) {
			c.provider.Feed(*ch)
			c.takeMessages()
		},
	})
}

// takeMessages takes the provider's messages, one at a time, and acts on them.
func (c *crm) takeMessages() {
	for m, ok := c.provider.Next(); ok; m, ok = c.provider.Next() {
		if m.Message == spec.MessageCreate {
			c.openLine(m)
			continue
		}
		c.broken = append(c.broken, c.monitor.Observe(m.TAPIMessage)...)
		c.act(m)
	}
}

// openLine opens a new line.
func (c *crm) openLine(m provider.HostMessage) {
	device := c.next
	c.next++
	if c.provider.CreateDevice(m.Device, device) != spec.LineErrNone {
		return
	}
	if h, err := c.provider.Open(device, spec.Version31); err == spec.LineErrNone {
		c.lines[m.Address] = h
	}
}

// act takes the steps of the story that a message begins.
func (c *crm) act(m provider.HostMessage) {
	at := func(line string, s spec.CallState) bool {
		return m.Message == spec.MessageCallState && m.Address == line && m.State == s
	}
	customer := m.Record != nil && strings.HasSuffix(m.Record.Info.CallerID.Number, "5550199")
	switch {
	case customer && at("41", spec.CallStateOffering):
		c.afterPause("answer", "lineAnswer at 41", func(id uint32) { c.provider.Answer(id, m.HDCall) })
	case customer && at("41", spec.CallStateConnected) && !c.done["hold"]:
		c.afterPause("hold", "lineHold at 41", func(id uint32) { c.provider.Hold(id, m.HDCall) })
	case customer && at("41", spec.CallStateOnHold):
		c.afterPause("unhold", "lineUnhold at 41", func(id uint32) { c.provider.Unhold(id, m.HDCall) })
	case customer && at("41", spec.CallStateConnected) && c.done["unhold"]:
		c.afterPause("transfer", "lineBlindTransfer from 41 to 43", func(id uint32) { c.provider.BlindTransfer(id, m.HDCall, "43") })
	case at("44", spec.CallStateOffering):
		c.afterPause("pickup", "linePickup at 41 of 44", func(id uint32) { c.provider.Pickup(id, c.lines["41"], 0, "44", "") })
	case at("41", spec.CallStateIdle) && c.done["pickup"]:
		to := "T 0715 551-200"
		c.afterPause("dial", "lineMakeCall at 43 to "+to, func(id uint32) { c.provider.MakeCall(id, c.lines["43"], &to, nil) })
	case at("43", spec.CallStateConnected) && m.Record.Info.Origin == spec.CallOriginOutbound && c.done["dial"]:
		c.afterPause("drop", "lineDrop at 43", func(id uint32) { c.provider.Drop(id, m.HDCall) })
	}
}

// afterPause takes a step of the story once, after the time that a person needs.
func (c *crm) afterPause(step, text string, do func(id uint32)) {
	if c.done[step] {
		return
	}
	c.done[step] = true
	c.requests++
	id := c.nextID.Add(1)
	time.AfterFunc(350*time.Millisecond, func() {
		c.print("   CRM: " + text)
		do(id)
	})
}
