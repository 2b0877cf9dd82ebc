package daemon

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"offhook/internal/account"
	"offhook/internal/place"
	"offhook/internal/settings"
	"offhook/internal/support"
)

// supportConfig says what traces and the debug log need of this process.
func (s *Supervisor) supportConfig() support.Config {
	return support.Config{Log: s.cfg.Log, Version: s.cfg.Version, Flavour: place.Flavour, ProviderLog: place.ProviderLog,
		DebugLogSize: s.cfg.DebugLogSize, LogDir: s.logDir,
		Engine: func() support.Engine {
			if d, _ := s.Daemon(); d != nil {
				return d.Loop()
			}
			return nil
		},
		Session:  s.aboutSession,
		Settings: s.settingsText,
		Lines: func(ctx context.Context) ([]byte, error) {
			all, err := s.admin.Lines(ctx)
			return []byte(strings.Join(all, "\n") + "\n"), err
		},
	}
}

// aboutSession describes the session and the journal for a trace's archive.
func (s *Supervisor) aboutSession() (all []support.About) {
	for _, v := range s.admin.SessionValues() {
		all = append(all, support.About{Name: v.Name, Value: v.Value})
	}
	if d, _ := s.Daemon(); d != nil {
		all = append(all, support.About{Name: "journal", Value: fmt.Sprintf("%s, %T", d.parts.Journal.ID(), d.parts.Journal)})
	}
	return all
}

// setDebugLog switches the debug log as the settings say; where the debug flavour is installed, auto means on.
func (s *Supervisor) setDebugLog(set *settings.Loaded) {
	on := set.Settings.DebugLog == "on" || set.Settings.DebugLog == "auto" && place.Flavour() == "debug"
	dir := logDirOf(set)
	s.mu.Lock()
	s.logs = dir
	s.mu.Unlock()
	if err := s.recorder.SetDebugLog(dir, on); err != nil {
		s.log.Error("the debug log cannot be written", "error", err)
	}
}

// logDir returns the directory of traces and logs.
func (s *Supervisor) logDir() (string, error) {
	s.mu.Lock()
	dir := s.logs
	s.mu.Unlock()
	if dir != "" {
		return dir, nil
	}
	set, err := s.cfg.Load()
	if err != nil {
		return "", err
	}
	return logDirOf(set), nil
}

// logDirOf returns the directory of logs and traces that settings mean: beside the settings file's usual place.
func logDirOf(set *settings.Loaded) string {
	return filepath.Join(place.SettingsDir(set.Settings.DataDir), "log")
}

// userInURL finds the user part of a URL, which may hold a password.
var userInURL = regexp.MustCompile(`://[^/@\s]*@`)

// hideUsers replaces the user parts of URLs.
func hideUsers(s string) string { return userInURL.ReplaceAllString(s, "://…@") }

// settingsText lists all settings and where each comes from, without secrets.
func (s *Supervisor) settingsText() []byte {
	set, err := s.cfg.Load()
	if err != nil {
		return fmt.Appendf(nil, "the settings cannot be read: %s\n", hideUsers(err.Error()))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%-24s %s\n", "settings file", set.File)
	rows := s.cfg.Wiring.Schema().Rows
	for i := range rows {
		fmt.Fprintf(&b, "%-24s %-40s %s\n", rows[i].Key, hideUsers(rows[i].Text(&set.Settings)), set.Sources[rows[i].Key])
	}
	for _, u := range set.Old {
		fmt.Fprintf(&b, "%-24s %-40s %s\n", "old spelling", u.Old+", now "+u.Key, u.Where)
	}
	fmt.Fprintf(&b, "%-24s %s\n", "password", map[bool]string{true: "is set", false: "is not set"}[account.PasswordStore(set).IsKnown()])
	return b.Bytes()
}
