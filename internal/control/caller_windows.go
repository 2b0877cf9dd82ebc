package control

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/windows"
)

var procImpersonate = windows.NewLazySystemDLL("advapi32.dll").NewProc("ImpersonateNamedPipeClient")

// Caller returns who the client is, by the token with which it opened the pipe. To get that token one thread impersonates
// the client for a moment; it opens and reads nothing while it does.
func (c pipeConn) Caller() (Caller, error) {
	type result struct {
		Caller
		error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // if RevertToSelf fails it stays locked, so that the thread ends with this goroutine
		if ok, _, err := procImpersonate.Call(uintptr(c.Handle())); ok == 0 {
			runtime.UnlockOSThread()
			done <- result{error: fmt.Errorf("control: the client cannot be impersonated: %w", err)}
			return
		}
		var t windows.Token
		err := windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_QUERY|windows.TOKEN_DUPLICATE, true, &t)
		if e := windows.RevertToSelf(); e == nil {
			runtime.UnlockOSThread()
		} else {
			done <- result{error: fmt.Errorf("control: %w", e)}
			return
		}
		if err != nil {
			done <- result{error: fmt.Errorf("control: the client's token: %w", err)}
			return
		}
		defer t.Close()
		who, err := callerOf(t)
		done <- result{who, err}
	}()
	r := <-done
	return r.Caller, r.error
}

// callerOf returns the caller of a token. IsMember is false for a member of Administrators whose token is not elevated,
// since that token has the group for denials only.
func callerOf(t windows.Token) (Caller, error) {
	u, err := t.GetTokenUser()
	if err != nil {
		return Caller{}, fmt.Errorf("control: the token's user: %w", err)
	}
	c := Caller{SID: u.User.Sid.String()}
	if account, domain, _, err := u.User.Sid.LookupAccount(""); err == nil {
		c.User = domain + `\` + account
	}
	if u.User.Sid.IsWellKnown(windows.WinAnonymousSid) {
		return Caller{}, fmt.Errorf("control: an anonymous client")
	}
	if u.User.Sid.IsWellKnown(windows.WinLocalSystemSid) {
		c.Admin = true
		return c, nil
	}
	admins, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return c, fmt.Errorf("control: %w", err)
	}
	if c.Admin, err = t.IsMember(admins); err != nil {
		return Caller{}, fmt.Errorf("control: the token's groups: %w", err)
	}
	return c, nil
}
