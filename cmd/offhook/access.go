package main

import (
	"path/filepath"

	"offhook/internal/control"
)

// rootAccess is who may do what with the directory of settings, password, state and log, in SDDL: SYSTEM, administrators
// and the service's own account everything, nobody else anything; it passes on to all below and takes nothing from above.
func rootAccess(service string) string {
	return "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" + service + ")"
}

// tableAccess is the same for the line table, which the Telephony service's account may read as well.
func tableAccess(service string) string {
	return "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + service + ")(A;;FR;;;NS)"
}

// providerLogAccess is that of the directory of the provider DLL's log. The DLL runs as the Telephony service's account, which
// may read, write, rename and delete there (0x1301bf) and nowhere else.
func providerLogAccess(service string) string {
	return rootAccess(service) + "(A;OICI;0x1301bf;;;NS)"
}

// providerLog is the provider DLL's log below the directory of logs.
func providerLog(logs string) string { return filepath.Join(logs, "tsp", "tsp.log") }

// serviceSID is the account of our service.
func serviceSID() string { return control.ServiceSID(control.ServiceName) }
