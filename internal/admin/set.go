package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"offhook/internal/account"
	"offhook/internal/control"
	"offhook/internal/eventid"
	"offhook/internal/settings"
)

// set is the verb that changes settings, stores them and starts the daemon again. Access was checked before.
func (a *Admin) set(ctx context.Context, c control.Caller, q control.Values) (control.Values, error) {
	set, err := a.cfg.Load()
	if err != nil {
		return nil, err
	}
	if !c.Admin { // only the password of the same account and host, which must work
		if t := a.tryLogin(ctx, set, q); t.result != ResultOK && t.result != ResultNoRole {
			return nil, &control.Error{Code: CodeWrongPassword, Text: "the login with this password failed and it is not stored: " + t.text}
		}
	}
	a.changing.Lock()
	defer a.changing.Unlock()
	changed, err := a.change(set, q)
	if err != nil {
		return nil, err
	}
	if len(changed) > 0 && !a.offline() {
		a.cfg.Log.Info("settings changed over the control channel", eventid.SettingsChanged.Attr(), "names", strings.Join(changed, ","), "by", c.User)
		a.directory.forget()
		a.cfg.Restart()
	}
	var v control.Values
	for _, name := range changed {
		v.Add("changed", name)
	}
	return v, nil
}

// change stores other values: it checks all of them, then stores the password, then the file. It returns the names that
// differ now. Without a daemon in this process the password is staged, since the daemon may run as another account.
func (a *Admin) change(s *settings.Loaded, q control.Values) (names []string, err error) {
	if err := a.checkNames(q); err != nil {
		return nil, err
	}
	next, err := a.changed(s, q)
	if err != nil {
		return nil, err
	}
	file, err := a.schema.OpenFile(s.File)
	if err != nil {
		return nil, err
	}
	for _, row := range a.schema.Settable() {
		if !q.Has(row.Key) || slices.Equal(row.Items(&s.Settings), row.Items(next)) {
			continue
		}
		if from := s.Sources[row.Key]; from == settings.FromCommandLine || from == settings.FromEnvironment {
			return nil, &control.Error{Code: CodeFixed, Text: row.Key + " is given by the " + string(from) + ", which overrides the settings file; change it there"}
		}
		file.Set(row, givenItems(q, row)...)
		names = append(names, row.Key)
	}
	if len(names) > 0 { // not before the password is safe: a new host must never see the old one
		if _, err := file.Content(); err != nil {
			return nil, err
		}
	}
	if q.Has("password") {
		keep := account.PasswordStore(s).Set
		if a.offline() {
			keep = account.PasswordStore(s).Stage
		}
		if err := keep(q.Get("password")); err != nil {
			return nil, fmt.Errorf("the password cannot be stored: %w", err)
		}
		names = append(names, "password")
	}
	if len(names) == 0 || slices.Equal(names, []string{"password"}) {
		return names, nil
	}
	return names, file.Save()
}

// givenItems returns a request's values for one setting; without any the setting gets its default.
func givenItems(q control.Values, row *settings.Row) []string {
	return slices.DeleteFunc(q.All(row.Key), func(v string) bool { return v == "" })
}

// changed returns the settings as they would be. Values that cannot work are refused before anything is stored.
func (a *Admin) changed(s *settings.Loaded, q control.Values) (*settings.Settings, error) {
	next := s.Settings
	bad := func(err error) error { return &control.Error{Code: control.CodeBadRequest, Text: err.Error()} }
	for _, row := range a.schema.Settable() {
		if !q.Has(row.Key) {
			continue
		}
		items := givenItems(q, row)
		for _, v := range items {
			if strings.ContainsAny(v, "\r\n\x00") || row.IsList() && strings.Contains(v, ",") {
				return nil, bad(errors.New(row.Key + ": a value may not contain line ends, nor commas in a list"))
			}
		}
		if len(items) == 0 {
			row.Reset(&next)
		} else if err := row.SetItems(&next, items...); err != nil {
			return nil, bad(fmt.Errorf("%s: %w", row.Key, err))
		}
	}
	if err := a.schema.Check(&next); err != nil {
		return nil, bad(err)
	}
	cfg, err := a.account(s).With(&next).SessionWith(func() (string, error) { return q.Get("password"), nil }, nil)
	if err != nil {
		return nil, err
	}
	if err := account.CheckSession(cfg); err != nil && next.User != "" {
		return nil, bad(err)
	}
	return &next, nil
}
