package main

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

// errNoPassword says that no source of the password was named.
var errNoPassword = errors.New("no password: name a file with --password-file (mode 0600), give it to offhook config set password, or give the systemd credential " + credentialName)

// passwords is where the password rests: the file that is named; else what was set (sealed on Windows, a file of its
// owner's elsewhere); else the systemd credential. Never the command line or the environment.
type passwords struct {
	file string // named by the settings; empty: none
	dir  string // of what is set
}

// source finds the password and gives what reads it anew at each login.
func (p passwords) source() (func() (string, error), error) {
	read := func() (string, error) { return readPassword(p.file) }
	if p.file == "" {
		read = p.kept
		if !p.isKept() {
			dir := os.Getenv("CREDENTIALS_DIRECTORY")
			if dir == "" {
				return nil, errNoPassword
			}
			read = func() (string, error) { return readPassword(filepath.Join(dir, credentialName)) }
		}
	}
	if _, err := read(); err != nil {
		return nil, err
	}
	return read, nil
}

// set keeps another password.
func (p passwords) set(password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	if p.file != "" {
		return atomicfile.Write(p.file, []byte(password+"\n"))
	}
	return p.keep(password)
}

// lay keeps another password for a daemon that does not run now and may have another account.
func (p passwords) lay(password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	return atomicfile.Write(p.layName(), []byte(password+"\n"))
}

// layName is the file that lay writes.
func (p passwords) layName() string {
	if p.file != "" {
		return p.file
	}
	return p.dropFile()
}

// known says whether there is one, without telling it.
func (p passwords) known() bool {
	_, err := p.source()
	return err == nil
}

// maxPassword bounds what is read of a file that may be anything.
const maxPassword = 4096

func checkPassword(password string) error {
	if password == "" || len(password) > maxPassword || strings.ContainsAny(password, "\r\n\x00") {
		return fmt.Errorf("a password is one line of 1 to %d bytes", maxPassword)
	}
	return nil
}

func readPassword(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("the password file %s does not exist; write the password into it with mode 0600", file)
		}
		return "", fmt.Errorf("the password file cannot be read: %w", err)
	}
	defer f.Close()
	b := make([]byte, maxPassword+1)
	n, _ := f.Read(b)
	password := string(bytes.TrimRight(b[:n], "\r\n"))
	if checkPassword(password) != nil {
		return "", fmt.Errorf("the password file %s must hold one line of at most %d bytes", file, maxPassword)
	}
	return password, nil
}

// readableByOthers warns of a password file that others may read. On Windows the mode says nothing.
func readableByOthers(file string) bool {
	info, err := os.Stat(file)
	return err == nil && os.PathSeparator == '/' && info.Mode().Perm()&0o077 != 0
}
