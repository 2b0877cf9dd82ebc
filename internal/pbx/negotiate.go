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

// streamError is a condition of RFC 6120, 4.9.3, told to the client.
type streamError string

func (e streamError) Error() string { return "pbx: stream error " + string(e) }

var errStalled = errors.New("pbx: stalled on demand")

// maxLoginTries is how many failed SASL exchanges one connection may have.
const maxLoginTries = 5

func isSyntax(err error) bool {
	var se *xml.SyntaxError
	return errors.As(err, &se)
}

// negotiate takes the client from the first byte to a bound session.
func (c *conn) negotiate() error {
	if err := c.stall(StallHeader); err != nil {
		return err
	}
	if err := c.greet(`<starttls xmlns="` + nsTLS + `"><required/></starttls>`); err != nil {
		return err
	}
	if err := c.startTLS(); err != nil {
		return err
	}
	var m xmlw
	m.open("mechanisms", "xmlns", nsSASL)
	for _, name := range c.s.cfg.Mechanisms {
		m.leaf("mechanism", name)
	}
	m.end("mechanisms")
	if err := c.greet(m.String()); err != nil {
		return err
	}
	u, err := c.login()
	if err != nil {
		return err
	}
	c.restart()
	err = c.greet(`<bind xmlns="` + nsBind + `"/><session xmlns="` + nsSession + `"><optional/></session>`)
	if err != nil {
		return err
	}
	return c.bind(u)
}

// greet answers a stream header with ours and the features.
func (c *conn) greet(features string) error {
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
	var w xmlw
	w.WriteString(`<?xml version="1.0"?>`)
	w.open("stream:stream", "xmlns", "jabber:client", "xmlns:stream", nsStream, "version", "1.0",
		"from", c.s.cfg.Domain, "id", "pbx-stream-"+strconv.Itoa(id))
	if err := c.say(w.String()); err != nil {
		return err
	}
	if !strings.EqualFold(to, c.s.cfg.Domain) {
		return streamError("host-unknown")
	}
	return c.say("<stream:features>" + features + "</stream:features>")
}

func (c *conn) startTLS() error {
	n, err := c.in.next()
	if err != nil {
		return err
	}
	if n.name.Local != "starttls" || n.name.Space != nsTLS {
		return streamError("policy-violation") // nothing else before TLS
	}
	if err := c.stall(StallTLS); err != nil {
		return err
	}
	if c.br.Buffered() > 0 {
		return streamError("policy-violation") // commands smuggled in before TLS
	}
	if err := c.say(`<proceed xmlns="` + nsTLS + `"/>`); err != nil {
		return err
	}
	t := tls.Server(c.rw, c.s.tls)
	if err := t.Handshake(); err != nil {
		return fmt.Errorf("pbx: TLS handshake: %w", err)
	}
	c.use(t)
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
		if err := c.stall(StallSASL); err != nil {
			return nil, err
		}
		u, last, err := c.exchange(n)
		var refused saslError
		switch {
		case err == nil:
			return u, c.say(saslElement("success", last))
		case !errors.As(err, &refused):
			return nil, err
		}
		if err := c.say(`<failure xmlns="` + nsSASL + `"><` + string(refused) + `/></failure>`); err != nil {
			return nil, err
		}
	}
	return nil, streamError("policy-violation")
}

// exchange runs one SASL exchange; last is the text of <success/>.
func (c *conn) exchange(auth *node) (u *user, last string, err error) {
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
	if err := c.say(saslElement("challenge", challenge)); err != nil {
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
	var w xmlw
	w.open(name, "xmlns", nsSASL)
	if text != "" {
		w.WriteString(base64.StdEncoding.EncodeToString([]byte(text)))
	}
	w.end(name)
	return w.String()
}

// bind gives the resource and makes the session; an older one of that name is kicked.
func (c *conn) bind(u *user) error {
	n, err := c.in.next()
	if err != nil {
		return err
	}
	request := n.child(nsBind, "bind")
	if n.name.Local != "iq" || n.get("type") != "set" || request == nil {
		return streamError("not-authorized")
	}
	if err := c.stall(StallBind); err != nil {
		return err
	}
	resource := request.childText("resource")
	if len(resource) > 1023 {
		return streamError("policy-violation")
	}
	c.session = c.s.open(c, u, resource)
	var w xmlw
	w.open("iq", "type", "result", "id", n.get("id"))
	w.open("bind", "xmlns", nsBind)
	w.leaf("jid", c.session.jid)
	w.end("bind")
	w.end("iq")
	return c.handOver(w.Bytes())
}

// handOver sends the reply to bind and lets the writer goroutine take over.
func (c *conn) handOver(reply []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	if c.closing {
		return errDropped
	}
	_, err := c.rw.Write(reply)
	c.bound = true
	_ = c.raw.SetDeadline(time.Time{})
	c.s.wg.Go(c.pump)
	return err
}

// stall waits silently for the client to give up when that point is stalled.
func (c *conn) stall(p StallPoint) error {
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
