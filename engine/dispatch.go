package engine

// handleStanza decodes one and resolves what it says.
func (c *Core) handleStanza(raw string) {
	o := &c.observation
	*o = Observation{}
	c.dialect.Decode(raw, Origin{JID: c.session.jid, Domain: c.session.domain}, o)
	switch o.Kind {
	case ObsForeign:
		c.Foreign++
	case ObsIgnored:
		key := Key(o.User)
		if key == "" {
			key = Key(o.To)
		}
		if c.lines[key] == nil {
			key = ""
		}
		c.ignore(key, o.Facts.Channel, o.Code, o.Text)
	case ObsChannel:
		c.resolveChannel(o)
	case ObsPickup:
		c.resolvePickup(o)
	case ObsPhone:
		c.resolvePresence(o)
	case ObsReply:
		c.resolveReply(o)
	case ObsCallRecord:
		c.resolveCallRecord(o)
	case ObsRelocated:
		c.resolveRelocated(o)
	}
}
