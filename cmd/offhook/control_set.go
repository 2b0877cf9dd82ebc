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
	set.offline = r.offline
	changed, err := change(set, q)
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

// change keeps other values: checks first, then the password, then the file. It returns the names that differ now.
func change(s *settings, q control.Values) (names []string, err error) {
	if err := checkNames(q); err != nil {
		return nil, err
	}
	next, err := changed(s, q)
	if err != nil {
		return nil, err
	}
	file, err := openSettings(s.file)
	if err != nil {
		return nil, err
	}
	for _, n := range settable {
		if !q.Has(n.name) {
			continue
		}
		values := slices.DeleteFunc(q.All(n.name), func(v string) bool { return v == "" })
		was, is := s.run.values(n.name), next.values(n.name)
		if slices.Equal(was, is) {
			continue
		}
		if from := s.sources[n.name]; from == fromCommandLine || from == fromEnvironment {
			return nil, &control.Error{Code: codeFixed, Text: n.name + " is given by the " + string(from) + ", which stands above the settings file; change it there"}
		}
		file.set(n.name, n.list, values...)
		names = append(names, n.name)
	}
	if len(names) > 0 { // not before the password is safe: a new host must never see the old one
		if _, err := file.content(); err != nil {
			return nil, err
		}
	}
	if q.Has("password") {
		keep := s.passwords.set
		if s.offline {
			keep = s.passwords.lay
		}
		if err := keep(q.Get("password")); err != nil {
			return nil, fmt.Errorf("the password cannot be kept: %w", err)
		}
		names = append(names, "password")
	}
	if len(names) == 0 || slices.Equal(names, []string{"password"}) {
		return names, nil
	}
	return names, file.save()
}

// changed are the settings as they would be; values that cannot work are refused before anything is kept.
func changed(s *settings, q control.Values) (*runCmd, error) {
	next := s.run
	bad := func(err error) error { return &control.Error{Code: control.CodeBadRequest, Text: err.Error()} }
	for _, n := range settable {
		if !q.Has(n.name) {
			continue
		}
		values := slices.DeleteFunc(q.All(n.name), func(v string) bool { return v == "" })
		var err error
		if next, err = next.with(n.name, values); err != nil {
			return nil, bad(err)
		}
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n\x00") || n.list && strings.Contains(v, ",") {
				return nil, bad(errors.New(n.name + ": a value may not contain line ends, nor commas in a list"))
			}
		}
	}
	if err := next.checkUsers(); err != nil {
		return nil, bad(err)
	}
	cfg, err := next.xmppWith(s.dataDir, func() (string, error) { return q.Get("password"), nil }, nil)
	if err != nil {
		return nil, err
	}
	if _, err := xmpp.New(cfg, silent{}); err != nil && next.User != "" {
		return nil, bad(err)
	}
	return next, nil
}
