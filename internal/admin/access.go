package admin

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"offhook/internal/control"
	"offhook/internal/password"
)

// checkAccess decides by the caller and by the names in the request, never by what is stored.
func (a *Admin) checkAccess(c control.Caller, need rights, q control.Values) error {
	switch {
	case !c.Known():
		return &control.Error{Code: control.CodeDenied, Text: "the system does not name the caller"}
	case need == forEverybody:
		return nil
	case c.Admin && need == forAdmins:
		return nil
	case need == forAdmins:
		return &control.Error{Code: control.CodeDenied, Text: "only an administrator may do that"}
	}
	if err := a.checkNames(q); err != nil {
		return err
	}
	if !c.Admin && !slices.Equal(q.Names(), []string{"password"}) {
		return &control.Error{Code: control.CodeDenied, Text: "only an administrator may do that; others may set the password of the present account, and nothing else"}
	}
	if q.Has("password") {
		return nil
	}
	for _, row := range a.schema.Settable() {
		if row.Identity && q.Has(row.Key) {
			return &control.Error{Code: CodeNeedsPassword, Text: "another " + row.Key + " needs the password with it"}
		}
	}
	return nil
}

// checkNames refuses names that cannot be set, and a second value of a setting that is no list.
func (a *Admin) checkNames(q control.Values) error {
	bad := func(format string, args ...any) error {
		return &control.Error{Code: control.CodeBadRequest, Text: fmt.Sprintf(format, args...)}
	}
	for _, name := range q.Names() {
		row := a.schema.Lookup(name)
		switch {
		case name != "password" && (row == nil || !row.Settable):
			return bad("%s cannot be set this way", name)
		case len(q.All(name)) > 1 && (row == nil || !row.IsList()):
			return bad("%s is given twice", name)
		}
	}
	if q.Has("password") {
		if err := password.Check(q.Get("password")); err != nil {
			return bad("%v", err)
		}
	}
	return nil
}

// attempts counts the logins that callers cause, so that nobody floods the PBX or guesses a password.
type attempts struct {
	mu   sync.Mutex
	seen map[string][]time.Time // by SID
}

const (
	attemptsEach  = 3  // within a minute, by one user
	attemptsAdmin = 20 // within a minute, by an administrator
	attemptsAll   = 30 // within a minute, by all callers
)

// allow counts an attempt, unless there were too many within the last minute.
func (a *attempts) allow(c control.Caller, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	total, kept := 0, map[string][]time.Time{}
	for sid, at := range a.seen {
		if at = slices.DeleteFunc(at, func(t time.Time) bool { return now.Sub(t) >= time.Minute }); len(at) > 0 {
			kept[sid] = at
			total += len(at)
		}
	}
	a.seen = kept
	most := attemptsEach
	if c.Admin {
		most = attemptsAdmin
	}
	if total >= attemptsAll || len(kept[c.SID]) >= most {
		return false
	}
	kept[c.SID] = append(kept[c.SID], now)
	return true
}
