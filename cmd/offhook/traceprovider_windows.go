package main

import (
	"errors"

	"golang.org/x/sys/windows/registry"
)

// providerKey is what the daemon tells the provider DLL. It is a key of its own: installing lets the service's account write
// here, but not beside it, where the pipe's name and the program's directory stand.
const providerKey = productKey + `\Provider`

// tellProvider lets the provider DLL say everything in its log and to DebugView, or only warnings again. It looks at the
// value every three seconds.
func tellProvider(on bool) error {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, providerKey, registry.SET_VALUE|registry.WOW64_64KEY)
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
