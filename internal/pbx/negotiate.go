package pbx

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// streamError is a condition of RFC 6120, 4.9.3, that is sent to the client.
type streamError string

func (e streamError) Error() string { return "pbx: stream error " + string(e) }

var errStalled = errors.New("pbx: stalled on demand")

// maxLoginTries is how many failed SASL exchanges one connection may have.
const maxLoginTries = 5

func isSyntaxError(err error) bool {
	var se *xml.SyntaxError
	return errors.As(err, &se)
}

// negotiate runs the stream negotiation up to a bound session.
func (c *conn) negotiate() error {
	if err := c.stallIfFault(StallHeader); err != nil {
		return err
	}
	if err := c.sendHeader(`<starttls xmlns="` + nsTLS + `"><required/></starttls>`); err != nil {
		return err
	}
	if err := c.startTLS(); err != nil {
		return err
	}
	var m xmlWriter
	m.open("mechanisms", "xmlns", nsSASL)
	for _, name := range c.s.cfg.Mechanisms {
		m.leaf("mechanism", name)
	}
	m.end("mechanisms")
	if err := c.sendHeader(m.String()); err != nil {
		return err
	}
	u, err := c.login()
	if err != nil {
		return err
	}
	c.restartReader()
	err = c.sendHeader(`<bind xmlns="` + nsBind + `"/><session xmlns="` + nsSession + `"><optional/></session>`)
	if err != nil {
		return err
	}
	return c.bind(u)
}

// sendHeader reads the client's stream header and sends the PBX's header and features.
func (c *conn) sendHeader(features string) error {
	h, err := c.in.header()
	if err != nil {
		return err
	}
	var to string
	for _, a := range h.Attr {
		if a.Name.Local == "to" && a.Name.Space == "" {
			to = a.Value
		}
	}
	c.s.mu.Lock()
	c.s.pingNo++
	id := c.s.pingNo
	c.s.mu.Unlock()
	var w xmlWriter
	w.WriteString(`<?xml version="1.0"?>`)
	w.open("stream:stream", "xmlns", "jabber:client", "xmlns:stream", nsStream, "version", "1.0",
		"from", c.s.cfg.Domain, "id", "pbx-stream-"+strconv.Itoa(id))
	if err := c.writeDirect(w.String()); err != nil {
		return err
	}
	if !strings.EqualFold(to, c.s.cfg.Domain) {
		return streamError("host-unknown")
	}
	return c.writeDirect("<stream:features>" + features + "</stream:features>")
}

func (c *conn) startTLS() error {
	n, err := c.in.next()
	if err != nil {
		return err
	}
	if n.name.Local != "starttls" || n.name.Space != nsTLS {
		return streamError("policy-violation") // nothing but starttls is allowed before TLS
	}
	if err := c.stallIfFault(StallTLS); err != nil {
		return err
	}
	if c.br.Buffered() > 0 {
		return streamError("policy-violation") // data was sent before TLS began
	}
	if err := c.writeDirect(`<proceed xmlns="` + nsTLS + `"/>`); err != nil {
		return err
	}
	t := tls.Server(c.rw, c.s.tls)
	if err := t.Handshake(); err != nil {
		return fmt.Errorf("pbx: TLS handshake: %w", err)
	}
	c.useTransport(t)
	return nil
}

func (c *conn) login() (*user, error) {
	for range maxLoginTries {
		n, err := c.in.next()
		if err != nil {
			return nil, err
		}
		if n.name.Local != "auth" || n.name.Space != nsSASL {
			return nil, streamError("not-authorized")
		}
		if err := c.stallIfFault(StallSASL); err != nil {
			return nil, err
		}
		u, last, err := c.saslExchange(n)
		var refused saslError
		switch {
		case err == nil:
			return u, c.writeDirect(saslElement("success", last))
		case !errors.As(err, &refused):
			return nil, err
		}
		if err := c.writeDirect(`<failure xmlns="` + nsSASL + `"><` + string(refused) + `/></failure>`); err != nil {
			return nil, err
		}
	}
	return nil, streamError("policy-violation")
}

// saslExchange runs one SASL exchange; last is the content of <success/>.
func (c *conn) saslExchange(auth *node) (u *user, last string, err error) {
	name := auth.get("mechanism")
	if !slices.Contains(c.s.cfg.Mechanisms, name) {
		return nil, "", errMechanism
	}
	first, err := saslText(auth)
	if err != nil {
		return nil, "", err
	}
	if name == Plain {
		u, err := c.s.loginPlain(first)
		return u, "", err
	}
	x, challenge, err := c.s.scramFirst(name, first)
	if err != nil {
		return nil, "", err
	}
	if err := c.writeDirect(saslElement("challenge", challenge)); err != nil {
		return nil, "", err
	}
	n, err := c.in.next()
	if err != nil {
		return nil, "", err
	}
	if n.name.Local == "abort" {
		return nil, "", errAborted
	}
	proof, err := saslText(n)
	if err != nil {
		return nil, "", err
	}
	last, err = x.final(proof)
	return x.user, last, err
}

func saslText(n *node) ([]byte, error) {
	text := strings.TrimSpace(n.text)
	if text == "=" {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, saslError("incorrect-encoding")
	}
	return b, nil
}

func saslElement(name, text string) string {
	var w xmlWriter
	w.open(name, "xmlns", nsSASL)
	if text != "" {
		w.WriteString(base64.StdEncoding.EncodeToString([]byte(text)))
	}
	w.end(name)
	return w.String()
}

// bind makes the session with the requested resource, and ends an older session of that resource.
func (c *conn) bind(u *user) error {
	n, err := c.in.next()
	if err != nil {
		return err
	}
	request := n.child(nsBind, "bind")
	if n.name.Local != "iq" || n.get("type") != "set" || request == nil {
		return streamError("not-authorized")
	}
	if err := c.stallIfFault(StallBind); err != nil {
		return err
	}
	resource := request.childText("resource")
	if len(resource) > 1023 {
		return streamError("policy-violation")
	}
	c.session = c.s.openSession(c, u, resource)
	var w xmlWriter
	w.open("iq", "type", "result", "id", n.get("id"))
	w.open("bind", "xmlns", nsBind)
	w.leaf("jid", c.session.jid)
	w.end("bind")
	w.end("iq")
	return c.startWriter(w.Bytes())
}

// startWriter sends the reply to bind and starts the goroutine that writes from then on.
func (c *conn) startWriter(reply []byte) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	if c.closing {
		return errDropped
	}
	_, err := c.rw.Write(reply)
	c.bound = true
	_ = c.raw.SetDeadline(time.Time{})
	c.s.wg.Go(c.writeLoop)
	return err
}

// stallIfFault, if that step is stalled, reads without responding until the client closes the connection.
func (c *conn) stallIfFault(p StallPoint) error {
	c.s.mu.Lock()
	hit := c.s.faults.stall == p
	c.s.mu.Unlock()
	if !hit {
		return nil
	}
	_ = c.raw.SetDeadline(time.Time{})
	buf := make([]byte, 512)
	for {
		if _, err := c.raw.Read(buf); err != nil {
			return errStalled
		}
	}
}
