package wire

func (h *Hello) fields(c *codec) {
	c.u8("wire low", &h.WireLow)
	c.u8("wire high", &h.WireHigh)
	c.u8("bits", &h.Bits)
	c.flag("more", &h.More)
	c.u32("process", &h.Process)
	c.text("product", &h.Product, maxID)
	c.text("journal", &h.Journal, maxID)
	h.Delivered.fields(c)
	h.Provider.fields(c)
	elements(c, "lines", &h.Lines, MaxLiveLines, 29, func(l *LiveLine) { l.fields(c) })
	elements(c, "calls", &h.Calls, MaxLiveCalls, 20, func(l *LiveCall) { l.fields(c) })
}

func (p *ProviderState) fields(c *codec) {
	c.flag("provider initialized", &p.Initialized)
	w32(c, "provider version", &p.Version)
	c.u32("provider permanent id", &p.PermanentID)
	c.u32("provider line base", &p.LineBase)
	c.u32("provider lines", &p.NumLines)
}

func (l *LiveLine) fields(c *codec) {
	c.u32("line", &l.Line)
	c.u32("line device id", &l.DeviceID)
	c.u32("line permanent id", &l.PermanentID)
	w32(c, "line version", &l.Version)
	w32(c, "line media modes", &l.MediaModes)
	w32(c, "line states", &l.LineStates)
	w32(c, "line address states", &l.AddressStates)
	c.flag("line in service", &l.InService)
}

func (l *LiveCall) fields(c *codec) {
	c.u32("call's line", &l.Line)
	c.u32("call", &l.Call)
	c.u32("call id", &l.CallID)
	w32(c, "call state", &l.State)
	c.u32("call mode", &l.Mode)
}

func (w *Welcome) fields(c *codec) {
	c.u8("wire", &w.Wire)
	c.u8("resume", (*uint8)(&w.Resume))
	if w.Resume > ResumeBridged {
		c.fail("resume", "unknown value")
	}
	c.u32("heartbeat ms", &w.Heartbeat)
	c.text("journal", &w.Journal, maxID)
	w.Position.fields(c)
}

func (r *Reply) fields(c *codec) {
	c.u16("function", (*uint16)(&r.Function))
	w32(c, "result", &r.Result)
	c.values(&r.Values)
	c.block("block", &r.Block)
	images(c, &r.Images)
}

func (c *codec) values(v *[4]uint32) {
	for i, member := range [...]string{"value 0", "value 1", "value 2", "value 3"} {
		c.u32(member, &v[i])
	}
}

func (m *Completion) fields(c *codec) {
	m.Position.fields(c)
	c.u32("request id", &m.RequestID)
	w32(c, "result", &m.Result)
	c.u32("call", &m.Call)
	images(c, &m.Images)
}

func (n *Notification) fields(c *codec) {
	n.Position.fields(c)
	c.flag("bridging", &n.Bridging)
	w32(c, "message", &n.Message)
	c.u32("line", &n.Line)
	c.u32("call", &n.Call)
	c.u64("p1", &n.P1)
	c.u64("p2", &n.P2)
	c.u64("p3", &n.P3)
	images(c, &n.Images)
}

func (a *NewCallAnswer) fields(c *codec) {
	c.u32("call", &a.Call)
	c.flag("accepted", &a.Accepted)
}

func (h *Heartbeat) fields(c *codec) { c.u64("tick", &h.Tick) }

func (e *Error) fields(c *codec) {
	c.u16("code", (*uint16)(&e.Code))
	c.text("text", &e.Text, MaxErrorText)
}
