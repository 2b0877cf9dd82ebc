//go:build !windows

package password

import (
	"os"
	"path/filepath"

	"offhook/internal/atomicfile"
)

func (s Store) name() string { return filepath.Join(s.Dir, "password") }

// isSet says whether a password was set.
func (s Store) isSet() bool {
	_, err := os.Stat(s.name())
	return err == nil
}

func (s Store) read() (string, error) { return Read(s.name()) }

// write stores the password in a file for its owner alone.
func (s Store) write(password string) error {
	return atomicfile.Write(s.name(), []byte(password+"\n"))
}

// stagedName is the file that somebody else writes a password into: the one it stays in.
func (s Store) stagedName() string { return s.name() }
