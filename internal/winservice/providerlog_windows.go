package winservice

import (
	"errors"

	"golang.org/x/sys/windows/registry"
)

// providerKey is the registry key with the provider DLL's settings. The service's account may write to it, unlike to
// Product.Key above it, which has the pipe's name and the program's directory.
func (p Product) providerKey() string { return p.Key + `\Provider` }

// SetProviderLog lets the provider DLL write everything into its log and to DebugView, or only warnings. The DLL reads
// the value every three seconds. Without an installed provider it does nothing.
func SetProviderLog(p Product, on bool) error {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, p.providerKey(), registry.SET_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return nil // no provider is installed
	}
	if err != nil {
		return err
	}
	defer k.Close()
	if on {
		return k.SetDWordValue("Trace", 1)
	}
	if err := k.DeleteValue("Trace"); !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	return nil
}
