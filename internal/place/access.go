// Package place knows where offhook keeps its things on this machine and who may read them: the directories of settings,
// state and logs, the installation's entries in the Windows registry, and the access rules of what is made there.
//
// On Windows the directories are below ProgramData, or where the installation says; elsewhere they are systemd's state
// directory or the user's. The functions that make or protect something exist on Windows, where a file's mode says
// nothing. A newcomer begins with DataDir and SettingsDir.
package place

import (
	"path/filepath"

	"offhook/internal/control"
)

// RootAccess is who may do what with the directory of settings, password, state and log, in SDDL: SYSTEM, administrators
// and the service's own account everything, nobody else anything; it passes on to all below and takes nothing from above.
func RootAccess(service string) string {
	return "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" + service + ")"
}

// TableAccess is the same for the line table, which the Telephony service's account may read as well.
func TableAccess(service string) string {
	return "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + service + ")(A;;FR;;;NS)"
}

// ProviderLogAccess is that of the directory of the provider DLL's log. The DLL runs as the Telephony service's account, which
// may read, write, rename and delete there (0x1301bf) and nowhere else.
func ProviderLogAccess(service string) string {
	return RootAccess(service) + "(A;OICI;0x1301bf;;;NS)"
}

// ProviderLog is the provider DLL's log below the directory of logs.
func ProviderLog(logs string) string { return filepath.Join(logs, "tsp", "tsp.log") }

// ServiceSID is the account of our service.
func ServiceSID() string { return control.ServiceSID(control.ServiceName) }
