package xmpp

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"slices"
	"strings"

	"gosrc.io/xmpp/stanza"
)

// The SASL mechanisms spoken, best first.
const (
	mechSCRAM256 = "SCRAM-SHA-256"
	mechSCRAM1   = "SCRAM-SHA-1"
	mechPlain    = "PLAIN"
)

// ErrAuth: the server refused the user name or the password for good. Such failures are counted
// (decision C3); errors.Is finds it in the error of a Probe.
var ErrAuth = errors.New("login refused")

// mechanism is one way of logging in. Errors never carry what was exchanged.
type mechanism interface {
	start() string
	answer(challenge string) (string, error)
	verify(final string) error
}

// plainLogin is RFC 4616.
type plainLogin struct{ user, pass string }

func (p plainLogin) start() string { return "\x00" + p.user + "\x00" + p.pass }
func (p plainLogin) answer(string) (string, error) {
	return "", errors.New("unexpected challenge")
}
func (p plainLogin) verify(string) error { return nil }

// chooseMechanism takes the best one that both sides have.
func chooseMechanism(allowed, offered []string) (string, error) {
	for _, name := range []string{mechSCRAM256, mechSCRAM1, mechPlain} {
		if slices.Contains(allowed, name) && slices.Contains(offered, name) {
			return name, nil
		}
	}
	return "", fail(CodeMechanism, "the server offers no login we allow (it offers "+names(offered)+", we allow "+names(allowed)+")", nil)
}

func names(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	if len(list) > 12 {
		list = list[:12]
	}
	return strings.Join(list, " ")
}

// login runs SASL (RFC 6120 section 6) on the negotiation's decoder.
func (n *negotiation) login(features *stanza.StreamFeatures) error {
	name, err := chooseMechanism(n.cfg.Mechanisms, features.Mechanisms.Mechanism)
	if err != nil {
		return err
	}
	mech, err := n.prepare(name)
	if err != nil {
		return err
	}
	n.info.Mechanism = name
	auth := stanza.SASLAuth{Mechanism: name, Value: encode(mech.start())}
	if err := n.write(&auth); err != nil {
		return err
	}
	return n.exchange(mech)
}

func (n *negotiation) prepare(name string) (mechanism, error) {
	user, err := saslprep(n.cfg.User)
	if err != nil {
		return nil, fail(CodeAuth, "the user name cannot be used", err)
	}
	pass, err := saslprep(n.password)
	if err != nil {
		return nil, fail(CodePassword, "the password cannot be used", err)
	}
	if name == mechPlain {
		return plainLogin{user, pass}, nil
	}
	return newSCRAM(name, user, pass), nil
}

// exchange answers the server until it says success or failure.
func (n *negotiation) exchange(mech mechanism) error {
	verified := false
	for range 4 {
		start, err := n.nextElement()
		if err != nil {
			return err
		}
		var reply saslReply
		if err := n.dec.DecodeElement(&reply, &start); err != nil {
			return n.broken("unreadable answer to the login", err)
		}
		switch {
		case start.Name.Space != stanza.NSSASL:
		case start.Name.Local == "failure":
			return reply.failure()
		case start.Name.Local == "challenge":
			if verified, err = n.challenge(mech, reply); err != nil {
				return err
			}
			continue
		case start.Name.Local == "success":
			return finished(mech, reply, verified)
		}
		break
	}
	return fail(CodeMalformed, "the server answered the login with something else", nil)
}

// challenge answers one; a server may put its proof into a last challenge instead of the success.
func (n *negotiation) challenge(mech mechanism, reply saslReply) (verified bool, err error) {
	text, err := reply.payload()
	if err != nil {
		return false, err
	}
	if strings.HasPrefix(text, "v=") {
		if err := mech.verify(text); err != nil {
			return false, identity(err)
		}
		return true, n.write(&saslResponse{})
	}
	answer, err := mech.answer(text)
	if err != nil {
		return false, fail(CodeServerIdentity, "the server's login challenge is wrong", err)
	}
	return false, n.write(&saslResponse{Value: base64.StdEncoding.EncodeToString([]byte(answer))})
}

func finished(mech mechanism, reply saslReply, verified bool) error {
	if verified {
		return nil
	}
	text, err := reply.payload()
	if err == nil {
		err = mech.verify(text)
	}
	if err != nil {
		return identity(err)
	}
	return nil
}

func identity(err error) error {
	return fail(CodeServerIdentity, "the server does not prove that it knows the password; is it the right server?", err)
}

func encode(s string) string {
	if s == "" {
		return "="
	}
	return base64.StdEncoding.EncodeToString([]byte(s))
}

// saslResponse has no type in the library.
type saslResponse struct {
	XMLName xml.Name `xml:"urn:ietf:params:xml:ns:xmpp-sasl response"`
	Value   string   `xml:",chardata"`
}

// saslReply reads challenge, success and failure; the library's types drop their content.
type saslReply struct {
	Value     string `xml:",chardata"`
	Text      string `xml:"text"`
	Condition []struct {
		XMLName xml.Name
	} `xml:",any"`
}

func (r *saslReply) payload() (string, error) {
	text := strings.TrimSpace(r.Value)
	if text == "" || text == "=" {
		return "", nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", fail(CodeServerIdentity, "the server's login answer is no base64", nil)
	}
	return string(raw), nil
}

// failure sorts a refusal: what only another password can cure is counted, the rest is not.
func (r *saslReply) failure() error {
	condition := "no reason"
	if len(r.Condition) > 0 {
		condition = r.Condition[0].XMLName.Local
	}
	said := condition
	if text := printable(r.Text); text != "" {
		said += " (" + text + ")"
	}
	switch condition {
	case "not-authorized":
		return fail(CodeAuth, "user name or password is wrong: the server says "+said, ErrAuth)
	case "account-disabled", "credentials-expired":
		return fail(CodeAuth, "the account may not log in: the server says "+said, ErrAuth)
	case "invalid-mechanism", "mechanism-too-weak", "encryption-required":
		return fail(CodeMechanism, "the server refuses this way of logging in: "+said, nil)
	}
	return fail(CodeAuthTemporary, "the server cannot check the login now: "+said, nil)
}

// printable bounds a text from the server that goes into a message.
func printable(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	if !clean(s) {
		return ""
	}
	return s
}
