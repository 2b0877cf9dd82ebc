package winservice

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"offhook/internal/control"
)

const telephonyProviders = `SOFTWARE\Microsoft\Windows\CurrentVersion\Telephony\Providers`

// repairText is the next step for an administrator.
const repairText = `run as administrator: offhook service repair`

// registration is the state of our provider on this machine.
type registration struct {
	list   providerList
	listed bool // the Telephony service's list names us
	sound  bool // the list has no holes
	file   bool // the DLL is in the system directory
}

// good says that nothing needs repair.
func (r registration) good() bool { return r.listed && r.sound && r.file }

func (r registration) String() string {
	switch {
	case !r.file:
		return ProviderFile + " is missing in the system directory"
	case !r.listed:
		return "the Telephony service's list does not name " + ProviderFile
	case !r.sound:
		return "the Telephony service's list of providers is damaged"
	}
	return "the provider is registered"
}

// systemFile returns the path of a file in the 64-bit system directory.
func systemFile(name string) (string, error) {
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return "", err
	}
	if native := filepath.Join(filepath.Dir(dir), "Sysnative"); isDir(native) { // a 32-bit program on 64-bit Windows
		dir = native
	}
	return filepath.Join(dir, name), nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// readRegistration reads the state from the file system and the registry.
func readRegistration() (r registration, err error) {
	name, err := systemFile(ProviderFile)
	if err != nil {
		return r, err
	}
	_, err = os.Stat(name)
	r.file = err == nil
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, telephonyProviders, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("the Telephony service's list of providers cannot be read: %w", err)
	}
	defer k.Close()
	r.list, r.sound = readProviders(
		func(name string) (uint32, bool) { v, _, err := k.GetIntegerValue(name); return uint32(v), err == nil },
		func(name string) (string, bool) { v, _, err := k.GetStringValue(name); return v, err == nil })
	r.listed = r.list.has(ProviderFile)
	return r, nil
}

// repair restores the file and the entry of the list. The Telephony service reads the list when it starts.
func (r registration) repair(installDir string) error {
	if !r.file {
		if err := restoreFile(installDir); err != nil {
			return err
		}
	}
	if r.listed && r.sound {
		return nil
	}
	if !r.listed {
		r.list.add(ProviderFile)
	}
	k, _, err := registry.CreateKey(registry.LOCAL_MACHINE, telephonyProviders, registry.SET_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return fmt.Errorf("the Telephony service's list of providers cannot be changed: %w", err)
	}
	defer k.Close()
	return r.list.write(k.SetDWordValue, k.SetStringValue)
}

// restoreFile copies the DLL from where the installer put it.
func restoreFile(installDir string) error {
	to, err := systemFile(ProviderFile)
	if err != nil {
		return err
	}
	from, err := os.Open(filepath.Join(installDir, ProviderFile))
	if err != nil {
		return fmt.Errorf("%s is missing in the system directory and beside offhook.exe; run the setup again: %w", ProviderFile, err)
	}
	defer from.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("%s cannot be restored: %w", to, err)
	}
	if _, err = io.Copy(f, from); err != nil {
		f.Close()
		os.Remove(to)
		return fmt.Errorf("%s cannot be restored: %w", to, err)
	}
	return f.Close()
}

// grant lets the service's account write the values of a key, which is made if it is missing: the Telephony service's
// list of providers, to repair it, and the key with the provider DLL's settings.
func grant(key string) error {
	k, _, err := registry.CreateKey(registry.LOCAL_MACHINE, key, windows.READ_CONTROL|windows.WRITE_DAC|registry.WOW64_64KEY)
	if err != nil {
		return fmt.Errorf("the registry's key %s: %w", key, err)
	}
	defer k.Close()
	sd, err := windows.GetSecurityInfo(windows.Handle(k), windows.SE_REGISTRY_KEY, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("the access rules of the registry's key %s: %w", key, err)
	}
	old, _, err := sd.DACL()
	if err != nil {
		return fmt.Errorf("the access rules of the registry's key %s: %w", key, err)
	}
	sid, err := windows.StringToSid(control.ServiceSID(control.ServiceName))
	if err != nil {
		return err
	}
	dacl, err := windows.ACLFromEntries([]windows.EXPLICIT_ACCESS{{
		AccessPermissions: registry.QUERY_VALUE | registry.SET_VALUE, AccessMode: windows.GRANT_ACCESS, Inheritance: windows.NO_INHERITANCE,
		Trustee: windows.TRUSTEE{TrusteeForm: windows.TRUSTEE_IS_SID, TrusteeType: windows.TRUSTEE_IS_USER, TrusteeValue: windows.TrusteeValueFromSID(sid)},
	}}, old)
	if err != nil {
		return fmt.Errorf("the access rules of the registry's key %s: %w", key, err)
	}
	if err := windows.SetSecurityInfo(windows.Handle(k), windows.SE_REGISTRY_KEY, windows.DACL_SECURITY_INFORMATION, nil, nil, dacl, nil); err != nil {
		return fmt.Errorf("the access rules of the registry's key %s cannot be set: %w", key, err)
	}
	return nil
}

// telephonyStopped says that the Telephony service does not run. Without the right to ask, it counts as running.
func telephonyStopped() bool {
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return false
	}
	defer windows.CloseServiceHandle(m)
	name, _ := windows.UTF16PtrFromString("TapiSrv")
	h, err := windows.OpenService(m, name, windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST)
	}
	defer windows.CloseServiceHandle(h)
	var s windows.SERVICE_STATUS
	return windows.QueryServiceStatus(h, &s) == nil && s.CurrentState == windows.SERVICE_STOPPED
}
