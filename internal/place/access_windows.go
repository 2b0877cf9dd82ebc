package place

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ProtectTable sets who may read the line table: the provider DLL does, in the Telephony service.
func ProtectTable(file string) error { return protect(file, TableAccess(ServiceSID())) }

// MakeProviderLog makes the directory of the provider DLL's log below that of logs.
func MakeProviderLog(logs string) error {
	dir := filepath.Dir(ProviderLog(logs))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the directory of the provider's log cannot be made: %w", err)
	}
	return protect(dir, ProviderLogAccess(ServiceSID()))
}

// MakeRoot makes the directory with its access rules, or sets them. One that somebody else made before us is refused: in
// %ProgramData% everybody may make directories, and what is in there would be believed.
func MakeRoot(dir string) error {
	rules := RootAccess(ServiceSID())
	sd, err := windows.SecurityDescriptorFromString(rules)
	if err != nil {
		return fmt.Errorf("the access rules %s: %w", rules, err)
	}
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	sa := windows.SecurityAttributes{SecurityDescriptor: sd}
	sa.Length = uint32(unsafe.Sizeof(sa))
	if err = windows.CreateDirectory(name, &sa); err == nil {
		return nil
	}
	if !errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return fmt.Errorf("the directory %s cannot be made: %w", dir, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("the directory %s: %w", dir, err)
	}
	if !info.IsDir() || info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		return fmt.Errorf("%s is no plain directory; remove it", dir)
	}
	if err := ownerTrusted(dir); err != nil {
		return err
	}
	return protect(dir, rules)
}

// ownerTrusted refuses what belongs to somebody who is no administrator.
func ownerTrusted(path string) error {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("the owner of %s cannot be read: %w", path, err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("the owner of %s cannot be read: %w", path, err)
	}
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	if owner.IsWellKnown(windows.WinLocalSystemSid) || owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) ||
		owner.String() == ServiceSID() || owner.Equals(me.User.Sid) {
		return nil
	}
	return fmt.Errorf("%s belongs to %s, who is no administrator: look what is in it, remove it and try again", path, owner)
}

// protect replaces the access rules of a file or directory.
func protect(path, rules string) error {
	sd, err := windows.SecurityDescriptorFromString(rules)
	if err != nil {
		return fmt.Errorf("the access rules %s: %w", rules, err)
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return fmt.Errorf("the access rules %s: %w", rules, err)
	}
	what := windows.SECURITY_INFORMATION(windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION)
	if err := windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, what, nil, nil, dacl, nil); err != nil {
		return fmt.Errorf("the access rules of %s cannot be set: %w", path, err)
	}
	return nil
}
