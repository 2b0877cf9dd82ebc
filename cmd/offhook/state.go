package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"offhook/adapters/xmpp"
)

// installID is a random word that tells this installation's sessions from others of the same host; it is made once and
// renewed when the host's name changes (decision C2).
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
	return id, replaceFile(file, []byte(id+" "+host+"\n"))
}

// resource is the XMPP resource of this installation (decision C2).
func resource(dir string) (string, error) {
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

// loginStore keeps the count of refused logins in a file, so that a restart does not start it again (decision C3).
type loginStore struct {
	file string
	mu   sync.Mutex
}

var _ xmpp.AuthFailures = (*loginStore)(nil)

func (s *loginStore) Load(credential string) (xmpp.AuthCount, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	return all[credential], err
}

// Save keeps the newest credential only.
func (s *loginStore) Save(credential string, count xmpp.AuthCount) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := json.Marshal(map[string]xmpp.AuthCount{credential: count})
	if err != nil {
		return err
	}
	return replaceFile(s.file, b)
}

func (s *loginStore) read() (map[string]xmpp.AuthCount, error) {
	b, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all map[string]xmpp.AuthCount
	if json.Unmarshal(b, &all) != nil {
		return nil, nil // damaged: counting starts anew, which costs at most five more attempts
	}
	return all, nil
}

// replaceFile writes a file whole or not at all, readable by its owner alone.
func replaceFile(file string, content []byte) error {
	tmp := file + ".new"
	if err := os.WriteFile(tmp, content, 0o600); err != nil {
		return fmt.Errorf("cannot keep %s: %w", file, err)
	}
	return os.Rename(tmp, file)
}
