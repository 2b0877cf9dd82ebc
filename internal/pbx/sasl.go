package pbx

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// scramRounds is the smallest iteration count that RFC 7677 allows.
const scramRounds = 4096

// saslError is a defined condition of RFC 6120, 6.5.
type saslError string

func (e saslError) Error() string { return "pbx: SASL " + string(e) }

const (
	errNotAuthorized = saslError("not-authorized")
	errMalformed     = saslError("malformed-request")
	errDisabled      = saslError("account-disabled")
	errMechanism     = saslError("invalid-mechanism")
	errAborted       = saslError("aborted")
)

// scramKeys holds the stored keys for one hash (RFC 5802, 3).
type scramKeys struct {
	salt                 []byte
	storedKey, serverKey []byte
	hash                 func() hash.Hash
}

// credentials holds no password: PLAIN is checked against the SHA-256 keys.
type credentials struct{ sha256, sha1 scramKeys }

func newCredentials(password string) (credentials, error) {
	a, err := newScramKeys(sha256.New, password, nil)
	if err != nil {
		return credentials{}, err
	}
	b, err := newScramKeys(sha1.New, password, nil)
	return credentials{a, b}, err
}

func newScramKeys(h func() hash.Hash, password string, salt []byte) (scramKeys, error) {
	if salt == nil {
		salt = make([]byte, 16)
		if _, err := rand.Read(salt); err != nil {
			return scramKeys{}, err
		}
	}
	salted, err := pbkdf2.Key(h, norm.NFKC.String(password), salt, scramRounds, h().Size())
	if err != nil {
		return scramKeys{}, errors.New("pbx: deriving the login keys failed")
	}
	stored := h()
	stored.Write(mac(h, salted, "Client Key"))
	return scramKeys{salt, stored.Sum(nil), mac(h, salted, "Server Key"), h}, nil
}

func mac(h func() hash.Hash, key []byte, text string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func (c credentials) plainMatches(password string) bool {
	k, err := newScramKeys(sha256.New, password, c.sha256.salt)
	return err == nil && subtle.ConstantTimeCompare(k.storedKey, c.sha256.storedKey) == 1
}

// loginPlain checks an RFC 4616 message.
func (s *Server) loginPlain(msg []byte) (*user, error) {
	parts := bytes.Split(msg, []byte{0})
	if len(parts) != 3 || len(parts[1]) == 0 {
		return nil, errMalformed
	}
	u, err := s.loginUser(string(parts[1]))
	if err != nil {
		return nil, err
	}
	authz := string(parts[0])
	if authz != "" && !strings.EqualFold(authz, u.bare(s.cfg.Domain)) || !u.credentials.plainMatches(string(parts[2])) {
		return nil, errNotAuthorized
	}
	return u, nil
}

// loginUser returns the user who logs in. An unknown user gets the same error as a wrong password.
func (s *Server) loginUser(name string) (*user, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[strings.ToLower(norm.NFKC.String(name))]
	switch {
	case u == nil || s.faults.refuseLogins:
		return nil, errNotAuthorized
	case u.Disabled:
		return nil, errDisabled
	}
	return u, nil
}

// scram is the server's side of one SCRAM exchange.
type scram struct {
	user                       *user
	keys                       scramKeys
	clientFirstBare, challenge string
	nonce, gs2Header           string
}

// scramFirst reads the client-first message and returns the challenge.
func (s *Server) scramFirst(mechanism string, msg []byte) (*scram, string, error) {
	text := string(msg)
	gs2end := strings.Index(text, ",")
	if gs2end < 0 || text[:gs2end] != "n" && text[:gs2end] != "y" {
		return nil, "", errMalformed // p=… requests a channel binding that was not offered
	}
	authzEnd := strings.Index(text[gs2end+1:], ",")
	if authzEnd < 0 {
		return nil, "", errMalformed
	}
	x := &scram{gs2Header: text[:gs2end+authzEnd+2]}
	x.clientFirstBare = text[len(x.gs2Header):]
	f := attributes(x.clientFirstBare)
	if f['n'] == "" || f['r'] == "" {
		return nil, "", errMalformed
	}
	u, err := s.loginUser(strings.NewReplacer("=2C", ",", "=3D", "=").Replace(f['n']))
	if err != nil {
		return nil, "", err
	}
	x.user, x.keys = u, u.credentials.sha256
	if mechanism == ScramSHA1 {
		x.keys = u.credentials.sha1
	}
	x.nonce = f['r'] + rand.Text()
	x.challenge = "r=" + x.nonce + ",s=" + base64.StdEncoding.EncodeToString(x.keys.salt) + ",i=" + strconv.Itoa(scramRounds)
	return x, x.challenge, nil
}

// final checks the client's proof and returns the server's signature.
func (x *scram) final(msg []byte) (string, error) {
	text := string(msg)
	at := strings.LastIndex(text, ",p=")
	if at < 0 {
		return "", errMalformed
	}
	f := attributes(text[:at])
	proof, err := base64.StdEncoding.DecodeString(text[at+3:])
	if err != nil || len(proof) != len(x.keys.storedKey) || f['c'] != base64.StdEncoding.EncodeToString([]byte(x.gs2Header)) || f['r'] != x.nonce {
		return "", errNotAuthorized
	}
	auth := x.clientFirstBare + "," + x.challenge + "," + text[:at]
	key := mac(x.keys.hash, x.keys.storedKey, auth)
	subtle.XORBytes(key, key, proof)
	h := x.keys.hash()
	h.Write(key)
	if subtle.ConstantTimeCompare(h.Sum(nil), x.keys.storedKey) != 1 {
		return "", errNotAuthorized
	}
	return "v=" + base64.StdEncoding.EncodeToString(mac(x.keys.hash, x.keys.serverKey, auth)), nil
}

func attributes(s string) map[byte]string {
	f := map[byte]string{}
	for _, p := range strings.Split(s, ",") {
		if len(p) > 2 && p[1] == '=' {
			f[p[0]] = p[2:]
		}
	}
	return f
}
