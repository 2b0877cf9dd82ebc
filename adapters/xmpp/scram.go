package xmpp

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// Bounds of what a server may ask for: fewer rounds protect nothing (RFC 5802 section 5.1), more
// would let it keep us busy.
const (
	minRounds = 4096
	maxRounds = 2_000_000
)

// scram is one SCRAM login (RFC 5802, RFC 7677) without channel binding.
type scram struct {
	hash            func() hash.Hash
	user            string
	pass            string
	nonce           string
	clientFirstBare string // client-first-message-bare
	serverSignature []byte // the signature the server must show
}

func newSCRAM(mechanism, user, pass string) *scram {
	s := &scram{hash: sha256.New, user: user, pass: pass}
	if mechanism == mechSCRAM1 {
		s.hash = sha1.New
	}
	var raw [18]byte
	rand.Read(raw[:])
	s.nonce = base64.StdEncoding.EncodeToString(raw[:])
	return s
}

// initialResponse is the client's first message.
func (s *scram) initialResponse() string {
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s.user)
	s.clientFirstBare = "n=" + name + ",r=" + s.nonce
	return "n,," + s.clientFirstBare
}

// response computes the client's final message from the server's first.
func (s *scram) response(challenge string) (string, error) {
	nonce, salt, rounds, err := s.parseServerFirst(challenge)
	if err != nil {
		return "", err
	}
	salted, err := pbkdf2.Key(s.hash, s.pass, salt, rounds, s.hash().Size())
	if err != nil {
		return "", err
	}
	final := "c=biws,r=" + nonce
	message := s.clientFirstBare + "," + challenge + "," + final
	client := s.mac(salted, "Client Key")
	stored := s.hash()
	stored.Write(client)
	proof := make([]byte, len(client))
	subtle.XORBytes(proof, client, s.mac(stored.Sum(nil), message))
	s.serverSignature = s.mac(s.mac(salted, "Server Key"), message)
	return final + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

func (s *scram) parseServerFirst(challenge string) (nonce string, salt []byte, rounds int, err error) {
	fields := strings.Split(challenge, ",")
	if len(fields) < 3 || !strings.HasPrefix(fields[0], "r=") || !strings.HasPrefix(fields[1], "s=") || !strings.HasPrefix(fields[2], "i=") {
		return "", nil, 0, errors.New("unreadable challenge")
	}
	nonce = fields[0][2:]
	if !strings.HasPrefix(nonce, s.nonce) || len(nonce) == len(s.nonce) {
		return "", nil, 0, errors.New("the server's nonce does not continue ours")
	}
	if salt, err = base64.StdEncoding.DecodeString(fields[1][2:]); err != nil || len(salt) == 0 {
		return "", nil, 0, errors.New("unreadable salt")
	}
	rounds, err = strconv.Atoi(fields[2][2:])
	if err != nil || rounds < minRounds || rounds > maxRounds {
		return "", nil, 0, fmt.Errorf("iteration count outside %d to %d", minRounds, maxRounds)
	}
	return nonce, salt, rounds, nil
}

// verifyServer checks the server's final message: it must prove that the server knows the password too.
func (s *scram) verifyServer(final string) error {
	signature, found := strings.CutPrefix(strings.SplitN(final, ",", 2)[0], "v=")
	raw, err := base64.StdEncoding.DecodeString(signature)
	if !found || err != nil || s.serverSignature == nil || subtle.ConstantTimeCompare(raw, s.serverSignature) != 1 {
		return errors.New("wrong server signature")
	}
	return nil
}

func (s *scram) mac(key []byte, text string) []byte {
	m := hmac.New(s.hash, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
