package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"offhook/adapters/xmpp"
	"offhook/internal/control"
	"offhook/internal/eventid"
	"offhook/internal/settings"
)

// set changes settings, keeps them and lets the daemon start over. The rules of access were seen to before.
func (r *runner) set(ctx context.Context, c control.Caller, q control.Values) (control.Values, error) {
	set, err := readSettings(r.args)
	if err != nil {
		return nil, err
	}
	if !c.Admin { // the password of the same account and host, proven by a login
		if t := tryLogin(ctx, set, q); t.result != tryOK && t.result != tryNoRole {
			return nil, &control.Error{Code: codeWrongPassword, Text: "the login with this password failed and it is not kept: " + t.text}
		}
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	changed, err := change(set, q, r.offline)
	if err != nil {
		return nil, err
	}
	if len(changed) > 0 && !r.offline {
		r.log.Info("settings changed over the control channel", eventid.SettingsChanged.Attr(), "names", strings.Join(changed, ","), "by", c.User)
		r.directory.forget()
		r.restart()
	}
	var v control.Values
	for _, name := range changed {
		v.Add("changed", name)
	}
	return v, nil
}

// change keeps other values: checks first, then the password, then the file. It returns the names that differ now. offline
// says that another process than the daemon changes them, perhaps as another account.
func change(s *settings.Loaded, q control.Values, offline bool) (names []string, err error) {
	if err := checkNames(q); err != nil {
		return nil, err
	}
	next, err := changed(s, q)
	if err != nil {
		return nil, err
	}
	file, err := schema.OpenFile(s.File)
	if err != nil {
		return nil, err
	}
	for _, row := range schema.Settable() {
		if !q.Has(row.Key) || slices.Equal(row.Items(&s.Settings), row.Items(next)) {
			continue
		}
		if from := s.Sources[row.Key]; from == settings.FromCommandLine || from == settings.FromEnvironment {
			return nil, &control.Error{Code: codeFixed, Text: row.Key + " is given by the " + string(from) + ", which stands above the settings file; change it there"}
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
		keep := passwordsOf(s).Set
		if offline {
			keep = passwordsOf(s).Stage
		}
		if err := keep(q.Get("password")); err != nil {
			return nil, fmt.Errorf("the password cannot be kept: %w", err)
		}
		names = append(names, "password")
	}
	if len(names) == 0 || slices.Equal(names, []string{"password"}) {
		return names, nil
	}
	return names, file.Save()
}

// givenItems are the values of a request for one setting; none of them resets it.
func givenItems(q control.Values, row *settings.Row) []string {
	return slices.DeleteFunc(q.All(row.Key), func(v string) bool { return v == "" })
}

// changed are the settings as they would be; values that cannot work are refused before anything is kept.
func changed(s *settings.Loaded, q control.Values) (*settings.Settings, error) {
	next := s.Settings
	bad := func(err error) error { return &control.Error{Code: control.CodeBadRequest, Text: err.Error()} }
	for _, row := range schema.Settable() {
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
	if err := schema.Check(&next); err != nil {
		return nil, bad(err)
	}
	cfg, err := xmppConfigWith(&next, s.DataDir, func() (string, error) { return q.Get("password"), nil }, nil)
	if err != nil {
		return nil, err
	}
	if _, err := xmpp.New(cfg, silent{}); err != nil && next.User != "" {
		return nil, bad(err)
	}
	return &next, nil
}
