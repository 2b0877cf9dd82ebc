// Package winservice is offhook as a Windows service.
//
// It installs, removes, starts and stops the service, runs a daemon under the Service Control Manager with a log file
// and events in the Windows event log, tells the daemon when the network or the power state changed, and keeps the
// provider's registration at the Telephony service in order. What the daemon does is not its concern: it sees a Daemon.
// Where settings, state and program are, and who may read them, comes as a Product. On other systems the commands
// return ErrOnlyWindows; what only computes is built and tested there too. A newcomer begins with Run, the administrator's
// side with Install.
package winservice

import (
	"context"

	"offhook/internal/exitcode"
)

// Daemon is what the service runs.
type Daemon interface {
	// Run works until ctx is done.
	Run(ctx context.Context) error
	// CheckSession asks the session to find out at once whether its connection still works.
	CheckSession()
}

// Product says where the parts of an installation are, and how its directories are protected.
type Product struct {
	Root       string // directory of settings, password, state and logs
	Key        string // the product's key below HKEY_LOCAL_MACHINE
	InstallDir string // where setup put the program and the provider; empty if unknown

	MakeRoot        func(dir string) error  // makes Root with its access rules
	MakeProviderLog func(logs string) error // makes the directory of the provider's log below that of logs
}

// ErrOnlyWindows is the answer of the commands on other systems.
var ErrOnlyWindows = exitcode.Usage("there are services of this kind on Windows only; elsewhere let the system's service manager start offhook run (docs/operate/operations.md)")
