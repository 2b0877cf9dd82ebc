package engine

import "offhook/events"

// pairKey finds the other side of an internal call (decision B12).
type pairKey struct{ source, target string }

// pairCandidate is the one unanswered internal call with the same parties and the opposite direction that began recently.
func (c *Core) pairCandidate(l *line, f *events.CallFacts) *call {
	if !f.Internal || f.Source.Number == "" || f.Target.Number == "" {
		return nil
	}
	var found *call
	for _, o := range c.pairs[pairKey{f.Source.Number, f.Target.Number}] {
		if o.line != l && o.view.Outbound != f.Outbound && c.now.Sub(o.view.Began) <= c.settings.Timers.Pair {
			if found != nil {
				return nil
			}
			found = o
		}
	}
	return found
}

func (c *Core) addPair(k *call) {
	v := &k.view // its text is its own; the event's would keep a stanza alive
	if v.Internal && v.Caller.Number != "" && v.Called.Number != "" {
		key := pairKey{v.Caller.Number, v.Called.Number}
		if n := len(c.pairs[key]); n < scanLimit {
			c.pairs[key], k.pairedAs = append(c.pairs[key], k), key
		}
	}
}

func (c *Core) removePair(k *call) {
	key := k.pairedAs
	k.pairedAs = pairKey{}
	list := c.pairs[key]
	for i, o := range list {
		if o == k {
			if len(list) == 1 {
				delete(c.pairs, key)
				return
			}
			c.pairs[key] = append(list[:i:i], list[i+1:]...)
			return
		}
	}
}
