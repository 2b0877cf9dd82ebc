package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// credentialName is the name of the systemd credential (systemd.exec(5), LoadCredential=) that holds the password.
const credentialName = "offhook-password"

// errNoPassword says that no source of the password was named.
var errNoPassword = errors.New("no password: name a file with --password-file (mode 0600), or give the systemd credential " + credentialName)

// passwordSource reads the password anew at each login, from the file or the systemd credential, never from the command
// line or the environment.
func passwordSource(file string) (func() (string, error), error) {
	if file == "" {
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return nil, errNoPassword
		}
		file = filepath.Join(dir, credentialName)
	}
	if _, err := readPassword(file); err != nil {
		return nil, err
	}
	return func() (string, error) { return readPassword(file) }, nil
}

// maxPassword bounds what is read of a file that may be anything.
const maxPassword = 4096

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
	b = bytes.TrimRight(b[:n], "\r\n")
	if len(b) == 0 || len(b) > maxPassword || bytes.ContainsAny(b, "\r\n\x00") {
		return "", fmt.Errorf("the password file %s must hold one line of at most %d bytes", file, maxPassword)
	}
	return string(b), nil
}

// readable warns of a password file that others may read.
func readableByOthers(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().Perm()&0o077 != 0
}
