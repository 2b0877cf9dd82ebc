package pbx

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// auth does one SASL exchange and returns <success/> or <failure/>.
func (c *client) auth(mechanism, login, password string) (*xmlElement, error) {
	b64 := base64.StdEncoding.EncodeToString
	start := func(text string) error {
		return c.write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='` + mechanism + `'>` + b64([]byte(text)) + `</auth>`)
	}
	if !strings.HasPrefix(mechanism, "SCRAM") {
		if err := start("\x00" + login + "\x00" + password); err != nil {
			return nil, err
		}
		return c.read()
	}
	bare := "n=" + login + ",r=test-nonce"
	if err := start("n,," + bare); err != nil {
		return nil, err
	}
	ch, err := c.read()
	if err != nil || ch.XMLName.Local != "challenge" {
		return ch, err
	}
	raw, err := base64.StdEncoding.DecodeString(ch.text())
	if err != nil {
		return nil, err
	}
	final, signature, err := scramProof(mechanism, password, bare, string(raw))
	if err != nil {
		return nil, err
	}
	if err := c.write(`<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>` + b64([]byte(final)) + `</response>`); err != nil {
		return nil, err
	}
	e, err := c.read()
	if err == nil && e.XMLName.Local == "success" && e.text() != b64([]byte("v="+signature)) {
		err = fmt.Errorf("the server's signature is wrong")
	}
	return e, err
}

func scramProof(mechanism, password, bare, challenge string) (final, signature string, err error) {
	h := sha256.New
	if mechanism == "SCRAM-SHA-1" {
		h = sha1.New
	}
	f := strings.SplitN(challenge, ",", 3)
	salt, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(f[1], "s="))
	if err != nil {
		return "", "", err
	}
	rounds, err := strconv.Atoi(strings.TrimPrefix(f[2], "i="))
	if err != nil {
		return "", "", err
	}
	salted, err := pbkdf2.Key(h, password, salt, rounds, h().Size())
	if err != nil {
		return "", "", err
	}
	sum := func(h func() hash.Hash, key []byte, text string) []byte {
		m := hmac.New(h, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	clientKey := sum(h, salted, "Client Key")
	d := h()
	d.Write(clientKey)
	without := "c=biws," + f[0]
	all := bare + "," + challenge + "," + without
	sig := sum(h, d.Sum(nil), all)
	for i := range clientKey {
		clientKey[i] ^= sig[i]
	}
	b64 := base64.StdEncoding.EncodeToString
	return without + ",p=" + b64(clientKey), b64(sum(h, sum(h, salted, "Server Key"), all)), nil
}
