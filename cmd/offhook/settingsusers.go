package main

import (
	"offhook/engine"
	"offhook/internal/settings"
)

// withRole are the settings as the role makes them.
func withRole(s *settings.Settings, supervisor bool) *settings.Settings {
	n := *s
	n.Users = nil
	if supervisor {
		n.Users = []string{settings.UsersAll}
	}
	return &n
}

// accountOf is whose role it is: another user, host or domain may have another.
func accountOf(s *settings.Settings) string {
	return engine.Key(s.User) + "\n" + s.Host + "\n" + pbxDomain(s)
}
