// Package password keeps the PBX account's password: sealed for the service's account on Windows, in a file of its owner
// elsewhere, never on the command line or in the environment.
//
// A Store says where a password is: in a file that the settings name; else where an earlier Set put it; else in the
// systemd credential offhook-password. Stage writes a password for a daemon that runs as another account, which takes it
// over at its next login. Nothing here logs or prints a password. A newcomer begins with Store.
package password

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"offhook/internal/atomicfile"
)

// credentialName is the name of the systemd credential (systemd.exec(5), LoadCredential=) that holds the password.
const credentialName = "offhook-password"

// errNone says that no source of the password was named.
var errNone = errors.New("no password: name a file with --password-file (mode 0600), give it to offhook config set password, or give the systemd credential " + credentialName)

// Store says where the password is.
type Store struct {
	File string // named by the settings; empty: none
	Dir  string // of a password that was set
}

// Source finds the password and returns a function that reads it anew at each login.
func (s Store) Source() (func() (string, error), error) {
	read := func() (string, error) { return Read(s.File) }
	if s.File == "" {
		read = s.read
		if !s.isSet() {
			dir := os.Getenv("CREDENTIALS_DIRECTORY")
			if dir == "" {
				return nil, errNone
			}
			read = func() (string, error) { return Read(filepath.Join(dir, credentialName)) }
		}
	}
	if _, err := read(); err != nil {
		return nil, err
	}
	return read, nil
}

// Set stores another password, in the named file if there is one.
func (s Store) Set(password string) error {
	if err := Check(password); err != nil {
		return err
	}
	if s.File != "" {
		return atomicfile.Write(s.File, []byte(password+"\n"))
	}
	return s.write(password)
}

// Stage writes another password for a daemon that does not run now and may have another account.
func (s Store) Stage(password string) error {
	if err := Check(password); err != nil {
		return err
	}
	name := s.File
	if name == "" {
		name = s.stagedName()
	}
	return atomicfile.Write(name, []byte(password+"\n"))
}

// IsKnown says whether there is a password, without telling it.
func (s Store) IsKnown() bool {
	_, err := s.Source()
	return err == nil
}

// MaxLength bounds what is read of a file that may be anything, in bytes.
const MaxLength = 4096

// Check says whether a text can be a password.
func Check(password string) error {
	if password == "" || len(password) > MaxLength || strings.ContainsAny(password, "\r\n\x00") {
		return fmt.Errorf("a password is one line of 1 to %d bytes", MaxLength)
	}
	return nil
}

// Read reads the password in a file, which holds one line.
func Read(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("the password file %s does not exist; write the password into it with mode 0600", file)
		}
		return "", fmt.Errorf("the password file cannot be read: %w", err)
	}
	defer f.Close()
	b := make([]byte, MaxLength+1)
	n, _ := f.Read(b)
	password := string(bytes.TrimRight(b[:n], "\r\n"))
	if Check(password) != nil {
		return "", fmt.Errorf("the password file %s must hold one line of at most %d bytes", file, MaxLength)
	}
	return password, nil
}

// IsReadableByOthers says whether others than the owner may read a file. On Windows the mode says nothing.
func IsReadableByOthers(file string) bool {
	info, err := os.Stat(file)
	return err == nil && os.PathSeparator == '/' && info.Mode().Perm()&0o077 != 0
}
