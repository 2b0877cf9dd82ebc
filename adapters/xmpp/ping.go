package xmpp

import (
	"encoding/xml"
	"strconv"
	"time"

	"gosrc.io/xmpp/stanza"
)

// pingIQ is XEP-0199's request to the server; the library has no type for its payload.
type pingIQ struct {
	XMLName xml.Name `xml:"iq"`
	stanza.Attrs
	Ping struct{} `xml:"urn:xmpp:ping ping"`
}

// networkChangedDeadline is how long a server may take for a ping when there is reason to think that the connection is gone.
const networkChangedDeadline = 3 * time.Second

// pingServer pings the server at each interval, and when NetworkChanged asks for it, until the session is over.
func (l *activeSession) pingServer() {
	tick := time.NewTicker(l.cfg.Timeouts.Ping)
	defer tick.Stop()
	for n := 1; ; n++ {
		limit := l.cfg.Timeouts.PingDeadline
		select {
		case <-l.done:
			return
		case <-tick.C:
		case <-l.networkChanged:
			limit = min(limit, networkChangedDeadline)
		}
		if !l.ping(idPrefix+"ping-"+strconv.Itoa(n), limit) {
			return
		}
	}
}

// ping sends one ping and waits for any answer, an error included. The deadline counts only while the
// reader was free to read and nothing came: it stands still while the sink blocks (decision A9) and
// while other bytes arrive, which prove as much.
func (l *activeSession) ping(id string, limit time.Duration) bool {
	answered := l.pendingIQs.add(id)
	defer l.pendingIQs.remove(id)
	raw, err := xml.Marshal(&pingIQ{Attrs: stanza.Attrs{Type: stanza.IQTypeGet, Id: id, To: l.cfg.Domain}})
	if err != nil || l.write(raw, false) != nil {
		return false
	}
	sent := time.Now()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case <-answered:
			return true
		case <-l.done:
			return false
		case <-timer.C:
		}
		quiet := l.arrivals.quietSince(sent)
		switch {
		case l.delivering.Load():
			timer.Reset(limit)
		case quiet < limit:
			timer.Reset(limit - quiet)
		default:
			l.abortWith(newError(CodePingTimeout, "the server did not answer a ping within "+limit.String(), nil))
			return false
		}
	}
}
