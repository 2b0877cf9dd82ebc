package tapi

import (
	"fmt"
	"net"
	"strings"

	"golang.org/x/sys/windows"

	"offhook/adapters/tapi/wire"
	"offhook/internal/control"
	"offhook/internal/pipe"
)

// pipeInstances bounds what one who may open the pipe can take of it; more than maxConnections, so that the one too many
// is told so.
const pipeInstances = 2 * maxConnections

// listenLocal makes the frames' pipe.
func listenLocal(address string, a access) (net.Listener, error) {
	if err := CheckGrant(a.grant); err != nil {
		return nil, addressError(address, err)
	}
	grant, err := accounts(a.grant)
	if err != nil {
		return nil, addressError(address, err)
	}
	owner, account, err := ownAccount()
	if err != nil {
		return nil, addressError(address, err)
	}
	l, err := pipe.Listen(address, pipeSecurity(owner, account, grant), pipe.Options{Remote: len(grant) > 0, Instances: pipeInstances, Buffer: wire.MaxFrame})
	if err != nil {
		return nil, inUseError(address, err)
	}
	return l, nil
}

// accounts turns names into SIDs.
func accounts(names []string) ([]string, error) {
	var sids []string
	for _, name := range names {
		if strings.HasPrefix(name, "S-1-") {
			sids = append(sids, name)
			continue
		}
		sid, _, _, err := windows.LookupSID("", name)
		if err != nil {
			return nil, fmt.Errorf("the account %s is not known here; is this machine in its domain? %w", name, err)
		}
		sids = append(sids, sid.String())
	}
	return sids, nil
}

// ownAccount gives the SID to own the pipe and that of the account the daemon runs as. The service's own SID owns the
// pipe where the token lets it: as its user (NT SERVICE\offhook), or as a group that may own things (a service that
// runs as another account). Otherwise, as for an administrator who runs the daemon by hand, Windows chooses.
func ownAccount() (owner, account string, err error) {
	t := windows.GetCurrentProcessToken()
	user, err := t.GetTokenUser()
	if err != nil {
		return "", "", fmt.Errorf("the own account is not known: %w", err)
	}
	account, service := user.User.Sid.String(), control.ServiceSID(control.ServiceName)
	if account == service {
		return service, account, nil
	}
	groups, err := t.GetTokenGroups()
	if err != nil {
		return "", "", fmt.Errorf("the own groups are not known: %w", err)
	}
	for _, g := range groups.AllGroups() {
		if g.Attributes&windows.SE_GROUP_OWNER != 0 && g.Sid.String() == service {
			return service, account, nil
		}
	}
	return "", account, nil
}
