package main

import "offhook/internal/control"

// rootAccess is who may do what with the directory of settings, password, state and log, in SDDL: SYSTEM, administrators
// and the service's own account everything, nobody else anything; it passes on to all below and takes nothing from above.
func rootAccess(service string) string {
	return "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" + service + ")"
}

// tableAccess is the same for the line table, which the Telephony service's account may read as well.
func tableAccess(service string) string {
	return "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + service + ")(A;;FR;;;NS)"
}

// serviceSID is the account of our service.
func serviceSID() string { return control.ServiceSID(control.ServiceName) }
