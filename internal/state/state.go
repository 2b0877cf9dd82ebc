// Package state keeps the small files of an installation that survive a restart: in the data directory, beside the
// journal.
//
// They are the installation's own part of the XMPP resource, the count of refused logins, and the role that the PBX gave
// the account when it was last asked. Each is written whole or not at all. Calls, lines and events are not here but in
// the journal; settings and password are not here either. A newcomer begins with Resource.
package state

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"offhook/adapters/xmpp"
	"offhook/internal/atomicfile"
)

// installID returns a random text that distinguishes this installation from others of the same host. It is made once, and
// again when the host's name changes (decision C2).
func installID(dir string) (string, error) {
	host, _ := os.Hostname()
	file := filepath.Join(dir, "install-id")
	if b, err := os.ReadFile(file); err == nil {
		if id, of, ok := strings.Cut(strings.TrimSpace(string(b)), " "); ok && of == host && id != "" {
			return id, nil
		}
	}
	var raw [4]byte
	rand.Read(raw[:])
	id := hex.EncodeToString(raw[:])
	return id, atomicfile.Write(file, []byte(id+" "+host+"\n"))
}

// Resource returns the XMPP resource of this installation (decision C2).
func Resource(dir string) (string, error) {
	id, err := installID(dir)
	if err != nil {
		return "", err
	}
	host, _ := os.Hostname()
	host = strings.Map(func(r rune) rune {
		if r <= ' ' || r == '/' || r == '@' || r == 0x7f {
			return '-'
		}
		return r
	}, host)
	return "offhook-" + host + "-" + id, nil
}

// Logins keeps the count of refused logins in a file, so that it survives a restart (decision C3).
type Logins struct {
	file string
	mu   sync.Mutex
}

// NewLogins returns the count that is kept in a data directory.
func NewLogins(dir string) *Logins { return &Logins{file: filepath.Join(dir, "logins.json")} }

var _ xmpp.AuthFailures = (*Logins)(nil)

// Load returns the count of a credential.
func (s *Logins) Load(credential string) (xmpp.AuthCount, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	return all[credential], err
}

// Save keeps the newest credential only.
func (s *Logins) Save(credential string, count xmpp.AuthCount) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := json.Marshal(map[string]xmpp.AuthCount{credential: count})
	if err != nil {
		return err
	}
	return atomicfile.Write(s.file, b)
}

func (s *Logins) read() (map[string]xmpp.AuthCount, error) {
	b, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all map[string]xmpp.AuthCount
	if json.Unmarshal(b, &all) != nil {
		return nil, nil // damaged: the count begins at zero, which allows at most five more attempts
	}
	return all, nil
}
