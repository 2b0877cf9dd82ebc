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

// ErrAuth says that the server refused the user name or the password for good. Such failures are counted
// (decision C3); errors.Is finds it in the error of a Probe.
var ErrAuth = errors.New("login refused")

// mechanism is the client side of one SASL mechanism. Its errors never carry what was exchanged.
type mechanism interface {
	initialResponse() string
	response(challenge string) (string, error)
	verifyServer(final string) error
}

// plainLogin is the mechanism PLAIN (RFC 4616).
type plainLogin struct{ user, pass string }

func (p plainLogin) initialResponse() string { return "\x00" + p.user + "\x00" + p.pass }
func (p plainLogin) response(string) (string, error) {
	return "", errors.New("unexpected challenge")
}
func (p plainLogin) verifyServer(string) error { return nil }

// chooseMechanism returns the best mechanism that both sides have.
func chooseMechanism(allowed, offered []string) (string, error) {
	for _, name := range []string{mechSCRAM256, mechSCRAM1, mechPlain} {
		if slices.Contains(allowed, name) && slices.Contains(offered, name) {
			return name, nil
		}
	}
	return "", newError(CodeMechanism, "the server offers none of the allowed SASL mechanisms (it offers "+joinMechanisms(offered)+", allowed are "+joinMechanisms(allowed)+")", nil)
}

func joinMechanisms(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	if len(list) > 12 {
		list = list[:12]
	}
	return strings.Join(list, " ")
}

// authenticate runs SASL (RFC 6120 section 6) on the negotiation's decoder.
func (n *negotiation) authenticate(features *stanza.StreamFeatures) error {
	name, err := chooseMechanism(n.cfg.Mechanisms, features.Mechanisms.Mechanism)
	if err != nil {
		return err
	}
	mech, err := n.newMechanism(name)
	if err != nil {
		return err
	}
	n.info.Mechanism = name
	auth := stanza.SASLAuth{Mechanism: name, Value: encodeInitialResponse(mech.initialResponse())}
	if err := n.write(&auth); err != nil {
		return err
	}
	return n.exchange(mech)
}

func (n *negotiation) newMechanism(name string) (mechanism, error) {
	user, err := saslprep(n.cfg.User)
	if err != nil {
		return nil, newError(CodeAuth, "the user name cannot be used", err)
	}
	pass, err := saslprep(n.password)
	if err != nil {
		return nil, newError(CodePassword, "the password cannot be used", err)
	}
	if name == mechPlain {
		return plainLogin{user, pass}, nil
	}
	return newSCRAM(name, user, pass), nil
}

// exchange responds to the server's challenges until it says success or failure.
func (n *negotiation) exchange(mech mechanism) error {
	verified := false
	for range 4 {
		start, err := n.nextElement()
		if err != nil {
			return err
		}
		var reply saslReply
		if err := n.dec.DecodeElement(&reply, &start); err != nil {
			return n.connectionError("unreadable answer to the login", err)
		}
		switch {
		case start.Name.Space != stanza.NSSASL:
		case start.Name.Local == "failure":
			return reply.failure()
		case start.Name.Local == "challenge":
			if verified, err = n.answerChallenge(mech, reply); err != nil {
				return err
			}
			continue
		case start.Name.Local == "success":
			return checkSuccess(mech, reply, verified)
		}
		break
	}
	return newError(CodeMalformed, "the server sent something else than challenge, success or failure", nil)
}

// answerChallenge responds to one challenge; a server may put its proof into a last challenge instead of the success.
func (n *negotiation) answerChallenge(mech mechanism, reply saslReply) (verified bool, err error) {
	text, err := reply.payload()
	if err != nil {
		return false, err
	}
	if strings.HasPrefix(text, "v=") {
		if err := mech.verifyServer(text); err != nil {
			return false, serverIdentityError(err)
		}
		return true, n.write(&saslResponse{})
	}
	answer, err := mech.response(text)
	if err != nil {
		return false, newError(CodeServerIdentity, "the server's login challenge is wrong", err)
	}
	return false, n.write(&saslResponse{Value: base64.StdEncoding.EncodeToString([]byte(answer))})
}

func checkSuccess(mech mechanism, reply saslReply, verified bool) error {
	if verified {
		return nil
	}
	text, err := reply.payload()
	if err == nil {
		err = mech.verifyServer(text)
	}
	if err != nil {
		return serverIdentityError(err)
	}
	return nil
}

func serverIdentityError(err error) error {
	return newError(CodeServerIdentity, "the server does not prove that it knows the password; is it the right server?", err)
}

func encodeInitialResponse(s string) string {
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
		return "", newError(CodeServerIdentity, "the server's login answer is no base64", nil)
	}
	return string(raw), nil
}

// failure returns the error for a refusal: CodeAuth, which is counted, where only another password can help.
func (r *saslReply) failure() error {
	condition := "no reason"
	if len(r.Condition) > 0 {
		condition = r.Condition[0].XMLName.Local
	}
	described := condition
	if text := printable(r.Text); text != "" {
		described += " (" + text + ")"
	}
	switch condition {
	case "not-authorized":
		return newError(CodeAuth, "user name or password is wrong: the server says "+described, ErrAuth)
	case "account-disabled", "credentials-expired":
		return newError(CodeAuth, "the account may not log in: the server says "+described, ErrAuth)
	case "invalid-mechanism", "mechanism-too-weak", "encryption-required":
		return newError(CodeMechanism, "the server refuses this way of logging in: "+described, nil)
	}
	return newError(CodeAuthTemporary, "the server cannot check the login now: "+described, nil)
}

// printable bounds a text from the server that goes into a message.
func printable(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	if !hasNoControls(s) {
		return ""
	}
	return s
}
