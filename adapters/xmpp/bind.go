package xmpp

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"

	"gosrc.io/xmpp/stanza"
)

// maxEarly bounds the stanzas kept that come between binding and Up.
const maxEarly = 256

// bind asks for the resource and, where the server still insists, for the session (RFC 6120
// section 7, RFC 3921 section 3).
func (n *negotiation) bind() error {
	n.awaiting = "the stream features after login"
	raw, err := n.nextStanza()
	if err != nil {
		return err
	}
	var features stanza.StreamFeatures
	if err := decodeIn(n.header, raw, &features); err != nil {
		return newError(CodeMalformed, "unreadable stream features after login", err)
	}
	n.awaiting = "the resource"
	bound, err := n.requestIQ(idPrefix+"bind", &stanza.Bind{Resource: n.cfg.Resource})
	if err != nil {
		return err
	}
	if err := n.readJID(bound); err != nil {
		return err
	}
	if features.Session.IsOptional() {
		return nil
	}
	n.awaiting = "the session"
	_, err = n.requestIQ(idPrefix+"session", &stanza.StreamSession{})
	return err
}

// readJID reads the full JID; the server may have chosen another resource.
func (n *negotiation) readJID(bound *stanza.IQ) error {
	payload, ok := bound.Payload.(*stanza.Bind)
	if !ok || payload.Jid == "" || len(payload.Jid) > 3071 || !hasNoControls(payload.Jid) {
		return newError(CodeBind, "the server granted no resource", nil)
	}
	n.info.JID = payload.Jid
	return nil
}

// requestIQ sends an IQ set and waits for its answer; other stanzas are kept for later.
func (n *negotiation) requestIQ(id string, payload stanza.IQPayload) (*stanza.IQ, error) {
	if err := n.write(&stanza.IQ{Attrs: stanza.Attrs{Type: stanza.IQTypeSet, Id: id}, Payload: payload}); err != nil {
		return nil, err
	}
	for {
		raw, err := n.nextStanza()
		if err != nil {
			return nil, err
		}
		head := parseHead(raw)
		if head.name != "iq" || head.id != id || !head.isReply() || !fromServer(head.from, n.cfg, n.info.JID) {
			if len(n.early) == maxEarly {
				return nil, newError(CodeMalformed, "too many stanzas before the resource was bound", nil)
			}
			n.early = append(n.early, raw)
			continue
		}
		return n.readIQReply(raw)
	}
}

func (n *negotiation) readIQReply(raw []byte) (*stanza.IQ, error) {
	var iq stanza.IQ
	if err := decodeIn(n.header, raw, &iq); err != nil {
		return nil, newError(CodeBind, "unreadable answer while waiting for "+n.awaiting, err)
	}
	if iq.Type == stanza.IQTypeResult {
		return &iq, nil
	}
	condition := "no reason"
	if iq.Error != nil {
		condition = printable(iq.Error.Reason)
	}
	if condition == "conflict" {
		return nil, newError(CodeConflict, "the resource is in use elsewhere", nil)
	}
	return nil, newError(CodeBind, "the server refused "+n.awaiting+": "+condition, nil)
}

// nextStanza reads one stanza from the splitter; a stream error or the stream's end is an error.
func (n *negotiation) nextStanza() ([]byte, error) {
	for {
		it, err := n.split.Next()
		switch {
		case err != nil:
			return nil, n.connectionError("the server broke off", err)
		case it.Kind == StreamClose:
			return nil, newError(CodeClosed, "the server closed the stream while we waited for "+n.awaiting, nil)
		case it.Kind == Restarted:
			return nil, newError(CodeMalformed, "a second stream header", nil)
		case it.Kind != Stanza:
			continue
		}
		if err := streamErrorIn(n.header, it.Raw); err != nil {
			return nil, err
		}
		return it.Raw, nil
	}
}

// decodeIn unmarshals a stanza with the name spaces of its stream header.
func decodeIn(header, raw []byte, v any) error {
	dec := xml.NewDecoder(io.MultiReader(bytes.NewReader(header), bytes.NewReader(raw)))
	for {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		if _, ok := tok.(xml.StartElement); ok {
			break
		}
	}
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("xmpp: %w", err)
	}
	return nil
}

// streamErrorIn returns the error that a <stream:error/> stands for, or nil.
func streamErrorIn(header, raw []byte) error {
	if !maybeStreamError(raw) {
		return nil
	}
	var se stanza.StreamError
	if decodeIn(header, raw, &se) != nil {
		return nil // some other element called error
	}
	return streamFailure(se)
}

// maybeStreamError is the cheap look: the element's name without prefix is "error".
func maybeStreamError(raw []byte) bool {
	i, _ := nameEnd(raw, 1)
	name := raw[1:i]
	return bytes.Equal(name, []byte("error")) || bytes.HasSuffix(name, []byte(":error"))
}
