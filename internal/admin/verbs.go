package admin

import (
	"context"
	"time"

	"offhook/internal/control"
)

// verb is one verb of the control channel.
type verb struct {
	rights rights
	answer control.Handler
}

// rights say who may use a verb.
type rights uint8

const (
	forAdmins    rights = iota // administrators only
	forEverybody               // everybody who is logged on at this machine
	forPassword                // the same, with a password and nothing else, a few times a minute
)

// verbs returns all verbs; those that need a daemon are missing where none runs in this process.
func (a *Admin) verbs() map[string]verb {
	all := map[string]verb{
		"get":   {forEverybody, a.get},
		"users": {forEverybody, a.users},
		"set":   {forPassword, a.set},
		"test":  {forPassword, a.test},
	}
	if a.offline() {
		return all
	}
	all["status"] = verb{forEverybody, a.status}
	all["lines"] = verb{forAdmins, a.lines}
	all["trace-start"] = verb{forAdmins, a.startTrace}
	all["trace-stop"] = verb{forAdmins, a.stopTrace}
	return all
}

// Handlers returns the verbs behind their rules of access.
func (a *Admin) Handlers() map[string]control.Handler {
	all := map[string]control.Handler{}
	for name, v := range a.verbs() {
		all[name] = func(ctx context.Context, c control.Caller, q control.Values) (control.Values, error) {
			if err := a.checkAccess(c, v.rights, q); err != nil {
				return nil, err
			}
			if v.rights == forPassword && !a.limits.allow(c, time.Now()) {
				return nil, &control.Error{Code: control.CodeBusy, Text: "too many attempts; wait a minute"}
			}
			return v.answer(ctx, c, q)
		}
	}
	return all
}

// The codes of refusals, beside those of package control.
const (
	CodeNeedsPassword = "needs-password"
	CodeWrongPassword = "wrong-password"
	CodeFixed         = "fixed"
)
