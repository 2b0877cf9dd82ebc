package engine

import "offhook/events"

// The key procedure. A PBX whose traits say ByDevice acts on a call by a key of the device that carries it. Such a key
// knows no call: it acts on whatever the device does at that moment. So it is pressed only where the device carries this
// call alone and an event of this session confirmed the call's state, and one key at a time is in flight for each device,
// until the event it was pressed for comes or five seconds pass (decision B9). It is never pressed twice for one request.
// With traits that say ByChannel nothing in this file runs.

// pressesKey says whether a request presses the device's hold key.
func (c *Core) pressesKey(k events.RequestKind) bool { return c.traits.Hold == ByDevice && holds(k) }

// pressKey marks the hold key of the call's device as in flight.
func (c *Core) pressKey(l *line, number, id uint32) {
	k := l.call(number)
	if k == nil || l.keysInFlight[k.keyDevice()] != nil {
		return
	}
	d := k.keyDevice()
	l.keysInFlight[d] = c.timers.arm(&deadline{kind: timerHoldKey, at: c.event.At().Add(c.settings.Timers.Key), line: l, channel: d, pressedBy: id})
	c.refreshActions(l)
}

// releaseKeyOf ends the flight of the key that a request pressed.
func (c *Core) releaseKeyOf(k *call, request uint32) {
	if d := k.line.keysInFlight[k.keyDevice()]; d != nil && d.pressedBy == request {
		c.releaseKey(d)
	}
}

// releaseKeys ends the flight of the keys of the call's devices: the event that one was pressed for came.
func (c *Core) releaseKeys(k *call) {
	if len(k.line.keysInFlight) == 0 {
		return
	}
	for _, b := range k.branches {
		if d := k.line.keysInFlight[b.device]; d != nil {
			c.releaseKey(d)
		}
	}
}

// releaseAllKeys ends the flight of all keys of a line, when no event can tell any more whether they were pressed.
func (c *Core) releaseAllKeys(l *line) {
	for _, d := range l.keysInFlight {
		c.releaseKey(d)
	}
}

func (c *Core) releaseKey(d *deadline) {
	c.timers.cancel(d)
	delete(d.line.keysInFlight, d.channel)
}

// keyDevice is the device whose keys act on the call: its own or, if the PBX named none, the user's first.
func (k *call) keyDevice() string {
	if d := k.device(); d != "" || len(k.line.view.Devices) == 0 {
		return d
	}
	return k.line.view.Devices[0].Name
}

// onDevice counts the live calls that a device carries. A call without a device may be anywhere.
func (l *line) onDevice(name string) int {
	n := 0
	for _, c := range l.recentCalls() {
		if d := c.device(); d == name || d == "" || name == "" {
			n++
		}
	}
	return n
}

// holdKeyFree says whether the hold key would act on this call and nothing else; a key that the request itself has in
// flight does not count.
func (k *call) holdKeyFree(request uint32) bool {
	l, d := k.line, k.keyDevice()
	if d == "" || l.onDevice(d) != 1 || !l.deviceCan(d, "hold") {
		return false
	}
	pressed := l.keysInFlight[d]
	return pressed == nil || pressed.pressedBy == request
}

// hangupKeyFree says whether the device's hang-up key would end this call and nothing else.
func (k *call) hangupKeyFree() bool {
	d := k.keyDevice()
	return d != "" && k.line.onDevice(d) == 1
}

// keyPartner is the one call on the same device that is held while this one talks, or the other way round: the two that
// the device's transfer or conference key takes (decision B11).
func (k *call) keyPartner() *call {
	var found *call
	d := k.device()
	for _, o := range k.line.recentCalls() {
		if o == k || o.device() != d || d == "" || !o.view.State.Live() {
			continue
		}
		if found != nil || !o.view.State.Answered() || o.view.State == k.view.State {
			return nil
		}
		found = o
	}
	return found
}

// keyPairActions are what the device's keys can do with this call and its partner.
func (k *call) keyPairActions() (a Actions) {
	if k.keyPartner() == nil {
		return 0
	}
	if k.line.deviceCan(k.device(), "transfer") {
		a |= ActCompleteTransfer
	}
	if k.line.deviceCan(k.device(), "conference") {
		a |= ActConference
	}
	return a
}

// answerDevice is the ringing device to lift: in the user's order of devices, with the capability offhook (decision B10).
func (l *line) answerDevice(c *call) (string, bool) {
	for _, d := range l.view.Devices {
		for i := range c.branches {
			if c.branches[i].device == d.Name && d.Can("offhook") {
				return d.Name, true
			}
		}
	}
	for i := range c.branches {
		if b := &c.branches[i]; b.device != "" && l.deviceCan(b.device, "offhook") {
			return b.device, true
		}
	}
	if len(c.branches) > 0 && c.branches[0].device == "" && len(l.view.Devices) > 0 && l.view.Devices[0].Can("offhook") {
		return l.view.Devices[0].Name, true // the PBX did not name the device
	}
	return "", false
}

// deviceCapable says whether the device concerned has the key that a request needs, whatever the call's state (decision B10).
func (k *call) deviceCapable(r events.RequestKind) bool {
	l, d := k.line, k.keyDevice()
	switch r {
	case events.Answer:
		return l.anyDeviceCan("offhook")
	case events.Hold, events.Unhold, events.SetupTransfer:
		return l.deviceCan(d, "hold")
	case events.CompleteTransfer:
		return l.deviceCan(d, "transfer")
	case events.Conference:
		return l.deviceCan(d, "conference")
	}
	return true
}
