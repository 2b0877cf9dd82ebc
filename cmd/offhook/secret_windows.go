package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"

	"offhook/internal/atomicfile"
)

// sealedName is the file of the sealed password, dropName the one in which an installer or administrator lays down a new
// one for the service, which alone can seal it.
const (
	sealedName = "password.sealed"
	dropName   = "password.new"
)

// sealEntropy keeps other programs of the same account from unsealing it by chance.
var sealEntropy = []byte("offhook password 1")

func (p passwords) sealed() string { return filepath.Join(p.dir, sealedName) }

// dropFile is where somebody else lays down a password: only the service's account can seal it for itself.
func (p passwords) dropFile() string { return filepath.Join(p.dir, dropName) }

// isKept says whether a password was set or laid down.
func (p passwords) isKept() bool {
	for _, name := range []string{sealedName, dropName} {
		if _, err := os.Stat(filepath.Join(p.dir, name)); err == nil {
			return true
		}
	}
	return false
}

// kept unseals the password; one that was laid down is taken first.
func (p passwords) kept() (string, error) {
	if _, err := p.takeDropped(); err != nil {
		return "", err
	}
	b, err := os.ReadFile(p.sealed())
	if err != nil {
		return "", fmt.Errorf("the sealed password cannot be read; set it again: %w", err)
	}
	password, err := unseal(b)
	if err != nil {
		return "", fmt.Errorf("the password was sealed by another account or machine; set it again: %w", err)
	}
	return password, nil
}

func (p passwords) keep(password string) error {
	b, err := seal(password)
	if err != nil {
		return fmt.Errorf("the password cannot be sealed: %w", err)
	}
	return atomicfile.Write(p.sealed(), b)
}

// takeDropped seals a password that was laid down and overwrites and deletes the file. A file that holds no password is
// left for its author to see.
func (p passwords) takeDropped() (bool, error) {
	name := p.dropFile()
	password, err := readPassword(name)
	if _, missing := os.Stat(name); errors.Is(missing, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := p.keep(password); err != nil {
		return false, err
	}
	if f, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil {
		_, _ = f.Write(make([]byte, maxPassword))
		_ = f.Sync()
		_ = f.Close()
	}
	if err := os.Remove(name); err != nil {
		return true, fmt.Errorf("the password was sealed, but the plain file %s cannot be deleted; delete it: %w", name, err)
	}
	return true, nil
}

// seal encrypts with DPAPI for the account that runs this program (CryptProtectData, user scope).
func seal(password string) ([]byte, error) {
	return dpapi(windows.CryptProtectData, []byte(password))
}

// unseal is the way back, for the same account on the same machine.
func unseal(b []byte) (string, error) {
	plain, err := dpapi(func(in *windows.DataBlob, _ *uint16, entropy *windows.DataBlob, r uintptr, ps *windows.CryptProtectPromptStruct, flags uint32, out *windows.DataBlob) error {
		return windows.CryptUnprotectData(in, nil, entropy, r, ps, flags, out)
	}, b)
	return string(plain), err
}

type dpapiCall func(in *windows.DataBlob, name *uint16, entropy *windows.DataBlob, reserved uintptr, prompt *windows.CryptProtectPromptStruct, flags uint32, out *windows.DataBlob) error

func dpapi(call dpapiCall, b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errors.New("nothing to work on")
	}
	in := windows.DataBlob{Size: uint32(len(b)), Data: &b[0]}
	entropy := windows.DataBlob{Size: uint32(len(sealEntropy)), Data: &sealEntropy[0]}
	var out windows.DataBlob
	if err := call(&in, nil, &entropy, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out); err != nil {
		return nil, err
	}
	result := unsafe.Slice(out.Data, out.Size)
	kept := append([]byte(nil), result...)
	clear(result)
	_, _ = windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data)))
	return kept, nil
}
