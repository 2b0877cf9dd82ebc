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
	n.stage = "the stream features after login"
	raw, err := n.nextStanza()
	if err != nil {
		return err
	}
	var features stanza.StreamFeatures
	if err := decodeIn(n.header, raw, &features); err != nil {
		return fail(CodeMalformed, "unreadable stream features after login", err)
	}
	n.stage = "the resource"
	bound, err := n.ask(idPrefix+"bind", &stanza.Bind{Resource: n.cfg.Resource})
	if err != nil {
		return err
	}
	if err := n.takeJID(bound); err != nil {
		return err
	}
	if features.Session.IsOptional() {
		return nil
	}
	n.stage = "the session"
	_, err = n.ask(idPrefix+"session", &stanza.StreamSession{})
	return err
}

// takeJID reads the full JID; the server may have chosen another resource.
func (n *negotiation) takeJID(bound *stanza.IQ) error {
	payload, ok := bound.Payload.(*stanza.Bind)
	if !ok || payload.Jid == "" || len(payload.Jid) > 3071 || !clean(payload.Jid) {
		return fail(CodeBind, "the server granted no resource", nil)
	}
	n.info.JID = payload.Jid
	return nil
}

// ask sends an IQ set and waits for its answer; other stanzas are kept for later.
func (n *negotiation) ask(id string, payload stanza.IQPayload) (*stanza.IQ, error) {
	if err := n.write(&stanza.IQ{Attrs: stanza.Attrs{Type: stanza.IQTypeSet, Id: id}, Payload: payload}); err != nil {
		return nil, err
	}
	for {
		raw, err := n.nextStanza()
		if err != nil {
			return nil, err
		}
		head := headOf(raw)
		if head.name != "iq" || head.id != id || !head.isReply() || !fromServer(head.from, n.cfg, n.info.JID) {
			if len(n.early) == maxEarly {
				return nil, fail(CodeMalformed, "too many stanzas before the resource was bound", nil)
			}
			n.early = append(n.early, raw)
			continue
		}
		return n.answered(raw)
	}
}

func (n *negotiation) answered(raw []byte) (*stanza.IQ, error) {
	var iq stanza.IQ
	if err := decodeIn(n.header, raw, &iq); err != nil {
		return nil, fail(CodeBind, "unreadable answer while waiting for "+n.stage, err)
	}
	if iq.Type == stanza.IQTypeResult {
		return &iq, nil
	}
	condition := "no reason"
	if iq.Error != nil {
		condition = printable(iq.Error.Reason)
	}
	if condition == "conflict" {
		return nil, fail(CodeConflict, "the resource is in use elsewhere", nil)
	}
	return nil, fail(CodeBind, "the server refused "+n.stage+": "+condition, nil)
}

// nextStanza reads one stanza from the splitter; a stream error or the stream's end is an error.
func (n *negotiation) nextStanza() ([]byte, error) {
	for {
		it, err := n.split.Next()
		switch {
		case err != nil:
			return nil, n.broken("the server broke off", err)
		case it.Kind == StreamClose:
			return nil, fail(CodeClosed, "the server closed the stream while we waited for "+n.stage, nil)
		case it.Kind == Restarted:
			return nil, fail(CodeMalformed, "a second stream header", nil)
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
