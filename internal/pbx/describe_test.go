package pbx

import (
	"strings"

	"github.com/stretchr/testify/require"
)

// describe returns the short form of an event: user type direction far [internal].
func describe(e *xmlElement) string {
	if ce := e.at("cmd", "ChannelEvent"); ce.XMLName.Local != "" {
		dir, far := "<-", ce.text("sourceNumber")
		if ce.text("outbound") == "true" {
			dir, far = "->", ce.text("targetNumber")
		}
		return strings.Join([]string{ce.text("username"), ce.text("eventType"), dir, far}, " ")
	}
	if p := e.at("cmd", "PickupEvent"); p.XMLName.Local != "" {
		return "pickup " + p.text("eventType") + " " + p.text("eventId") + " " + p.text("target") + " " + p.text("sourceNumber")
	}
	if j := e.at("cmd", "JournalEntry"); j.XMLName.Local != "" {
		missed := ""
		if j.text("duration") == "0" {
			missed = " missed"
		}
		return "journal " + j.attr("userName") + " " + j.text("number") + " " + j.text("result") + missed
	}
	return ""
}

// requireEvents waits for the next PBX events and compares them in order.
func (c *client) requireEvents(want ...string) []*xmlElement {
	c.t.Helper()
	var got []*xmlElement
	var text []string
	for range want {
		e := c.awaitStanza("event "+want[len(got)], func(e *xmlElement) bool { return e.XMLName.Local == "message" && describe(e) != "" })
		got = append(got, e)
		text = append(text, describe(e))
	}
	require.Equal(c.t, want, text)
	return got
}

// requireNoEvent requires, by a round trip, that no event is waiting.
func (c *client) requireNoEvent() {
	c.t.Helper()
	c.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.stanzas {
		require.Empty(c.t, describe(e))
	}
}
