package xmpp

import (
	"encoding/xml"
	"html"
	"runtime"
	"strings"
	"sync"

	"gosrc.io/xmpp/stanza"
)

// idPrefix begins the ids of the session's own IQs; the engine's are oh-1, oh-2, … (decision A3).
const idPrefix = "oh-s-"

// stanzaHead holds the attributes of a stanza's start tag that tell its kind, sender and id.
type stanzaHead struct{ name, kind, id, from string }

func (h stanzaHead) isReply() bool { return h.kind == "result" || h.kind == "error" }

// parseHead reads a stanza's start tag. It decodes attribute values and skips unknown attributes.
func parseHead(raw []byte) (h stanzaHead) {
	i, code := nameEnd(raw, 1)
	h.name = string(raw[1:i])
	for code == scanContinue {
		i = pastSpace(raw, i)
		begin := i
		if i, code = attribute(raw, i); code != scanContinue {
			break
		}
		key, value, _ := strings.Cut(string(raw[begin:i]), "=")
		value = strings.TrimLeft(value, " \r\n\t")
		value = html.UnescapeString(value[1 : len(value)-1])
		switch strings.TrimRight(key, " \r\n\t") {
		case "type":
			h.kind = value
		case "id":
			h.id = value
		case "from":
			h.from = value
		}
	}
	return h
}

// fromServer tells whether an address is the own account's server: RFC 6120 section 8.1.2.1 lets it
// leave the address out or write the domain, the bare or the full JID.
func fromServer(from string, cfg *Config, full string) bool {
	return from == "" || strings.EqualFold(from, cfg.Domain) || strings.EqualFold(from, cfg.bareJID()) ||
		full != "" && (from == full || strings.EqualFold(from, withoutResource(full)))
}

func withoutResource(jid string) string {
	bare, _, _ := strings.Cut(jid, "/")
	return bare
}

// pendingIQs are the session's own IQs that wait for an answer. They are matched by id, type and
// sender, so that no other entity can answer in the server's place.
type pendingIQs struct {
	mu  sync.Mutex
	ids map[string]chan struct{}
}

// add registers an id before its IQ is written; the answer closes the channel.
func (a *pendingIQs) add(id string) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ids == nil {
		a.ids = map[string]chan struct{}{}
	}
	done := make(chan struct{})
	a.ids[id] = done
	return done
}

// remove forgets an id whose answer is no longer waited for.
func (a *pendingIQs) remove(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.ids, id)
}

// resolve closes the channel of an id and reports whether the id was waiting.
func (a *pendingIQs) resolve(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	done, ours := a.ids[id]
	if ours {
		close(done)
		delete(a.ids, id)
	}
	return ours
}

// inboundIQ is an inbound IQ of type get or set, read as far as answering needs.
type inboundIQ struct {
	Children []struct {
		XMLName xml.Name
		Node    string `xml:"node,attr"`
	} `xml:",any"`
}

const (
	nsPing   = "urn:xmpp:ping"
	nsRoster = "jabber:iq:roster"
	nsVer    = "jabber:iq:version"
)

// replyToIQ returns the answer to an inbound get or set (RFC 6120 section 8.2.3): ping (XEP-0199),
// version (XEP-0092), disco#info (XEP-0030), roster pushes; all else is service-unavailable. pass
// tells that the consumer should see the request too: roster pushes only.
func replyToIQ(cfg *Config, own, header, raw []byte, h stanzaHead) (answer []byte, pass bool) {
	if h.id == "" {
		return nil, false // cannot be answered
	}
	var req inboundIQ
	space, node := "", ""
	if decodeIn(header, raw, &req) == nil && len(req.Children) == 1 {
		space, node = req.Children[0].XMLName.Space, req.Children[0].Node
	}
	iq := stanza.IQ{Attrs: stanza.Attrs{Type: stanza.IQTypeResult, Id: h.id, To: h.from}}
	switch {
	case space == nsPing && h.kind == "get":
	case space == nsVer && h.kind == "get":
		iq.Version().SetInfo("offhook", cfg.Version, runtime.GOOS)
	case space == stanza.NSDiscoInfo && h.kind == "get" && node == "":
		info := iq.DiscoInfo()
		info.AddIdentity("offhook", "client", "phone")
		info.AddFeatures(stanza.NSDiscoInfo, nsVer, nsPing)
	case space == nsRoster && h.kind == "set" && fromServer(h.from, cfg, string(own)):
		pass = true
	default:
		iq.Type = stanza.IQTypeError
		iq.Error = &stanza.Err{Code: 503, Type: stanza.ErrorTypeCancel, Reason: "service-unavailable"} // without a code the library writes nothing
	}
	answer, err := xml.Marshal(&iq)
	if err != nil {
		return nil, pass
	}
	return answer, pass
}
