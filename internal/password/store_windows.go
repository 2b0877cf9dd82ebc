package password

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

// sealedFileName is the file of the sealed password, stagedFile the one into which an installer or administrator writes a new
// one for the service, which alone can seal it.
const (
	sealedFileName = "password.sealed"
	stagedFile     = "password.new"
)

// sealEntropy keeps other programs of the same account from unsealing it by chance.
var sealEntropy = []byte("offhook password 1")

func (s Store) sealedFile() string { return filepath.Join(s.Dir, sealedFileName) }

// stagedName is the file that somebody else writes a password into: only the service's account can seal it for itself.
func (s Store) stagedName() string { return filepath.Join(s.Dir, stagedFile) }

// isSet says whether a password was set or staged.
func (s Store) isSet() bool {
	for _, name := range []string{sealedFileName, stagedFile} {
		if _, err := os.Stat(filepath.Join(s.Dir, name)); err == nil {
			return true
		}
	}
	return false
}

// read unseals the password; a staged one is taken first.
func (s Store) read() (string, error) {
	if _, err := s.TakeStaged(); err != nil {
		return "", err
	}
	b, err := os.ReadFile(s.sealedFile())
	if err != nil {
		return "", fmt.Errorf("the sealed password cannot be read; set it again: %w", err)
	}
	password, err := unseal(b)
	if err != nil {
		return "", fmt.Errorf("the password was sealed by another account or machine; set it again: %w", err)
	}
	return password, nil
}

func (s Store) write(password string) error {
	b, err := seal(password)
	if err != nil {
		return fmt.Errorf("the password cannot be sealed: %w", err)
	}
	return atomicfile.Write(s.sealedFile(), b)
}

// TakeStaged seals a staged password, then overwrites and deletes the file. A file that holds no password is
// left for its author to see.
func (s Store) TakeStaged() (bool, error) {
	name := s.stagedName()
	password, err := Read(name)
	if _, missing := os.Stat(name); errors.Is(missing, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := s.write(password); err != nil {
		return false, err
	}
	if f, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil {
		_, _ = f.Write(make([]byte, MaxLength))
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
