package tapi

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// MaxGrant bounds the accounts of other machines.
const MaxGrant = 64

// ErrGrant is wrapped by CheckGrant's error.
var ErrGrant = errors.New("bad account")

// access says who may connect besides those who always may.
type access struct {
	grant []string // accounts of other machines: COMPUTER$ names or SIDs; Windows only
}

var (
	machineName = regexp.MustCompile(`^([^\\/"\[\]:;|=,+*?<>()\x00-\x20]{1,63}\\)?[^\\/"\[\]:;|=,+*?<>()@$\x00-\x20]{1,63}\$$`)
	accountSID  = regexp.MustCompile(`^S-1-5-21(-[0-9]{1,10}){4}$`)
)

// CheckGrant reports accounts that cannot be meant: each must be a machine's, DOMAIN\COMPUTER$, or the SID of an account
// or group of a domain, S-1-5-21-…. Everybody, all users and all machines of a domain are refused.
func CheckGrant(accounts []string) error {
	if len(accounts) > MaxGrant {
		return fmt.Errorf("tapi: %w: %d accounts, at most %d", ErrGrant, len(accounts), MaxGrant)
	}
	for _, a := range accounts {
		if !machineName.MatchString(a) && !accountSID.MatchString(a) {
			return fmt.Errorf(`tapi: %w: %q; write a machine's account, DOMAIN\COMPUTER$, or the SID of a domain's account, S-1-5-21-…`, ErrGrant, a)
		}
		for _, crowd := range []string{"-513", "-514", "-515"} { // domain users, guests, computers ([MS-DTYP] 2.4.2.4)
			if accountSID.MatchString(a) && strings.HasSuffix(a, crowd) {
				return fmt.Errorf("tapi: %w: %q is everybody of its domain; make a group for the machines that are meant", ErrGrant, a)
			}
		}
	}
	return nil
}

// Rights to a pipe ([MS-DTYP] 2.4.3; winnt.h). readWrite lacks FILE_CREATE_PIPE_INSTANCE (0x4): whoever may use the pipe
// cannot pose as the daemon.
const (
	allRights = "GA"
	readWrite = "0x12019b"
)

// pipeSecurity is who may open the frames' pipe, in SDDL: SYSTEM, administrators, the account the daemon runs as, and
// NETWORK SERVICE, which the Telephony service runs as and which may not make an instance of the pipe. Nobody else, and
// nobody over the network.
//
// With granted accounts the network is let in, for those accounts only: then administrators are left out, because one
// who comes over the network cannot be told from one at this machine. SYSTEM and NETWORK SERVICE are accounts of this
// machine only; those of another one come as its COMPUTER$.
//
// owner is the SID of the pipe's owner, which the provider DLL looks at before it speaks; without one Windows chooses.
func pipeSecurity(owner, account string, grant []string) string {
	var b strings.Builder
	if owner != "" {
		b.WriteString("O:" + owner)
	}
	b.WriteString("D:P")
	allow := func(rights, who string) { b.WriteString("(A;;" + rights + ";;;" + who + ")") }
	if len(grant) == 0 {
		b.WriteString("(D;;GA;;;NU)")
	}
	b.WriteString("(D;;GA;;;AN)")
	allow(allRights, "SY")
	if len(grant) == 0 {
		allow(allRights, "BA")
	}
	if account != "" {
		allow(allRights, account)
	}
	allow(readWrite, "NS")
	for _, sid := range grant {
		allow(readWrite, sid)
	}
	return b.String()
}
