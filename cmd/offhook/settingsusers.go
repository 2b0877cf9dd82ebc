package main

import (
	"errors"
	"slices"

	"offhook/engine"
)

// usersAuto, alone in users, leaves it to the PBX: a supervisor has everybody's lines, anybody else his own. The role is
// asked for before the first daemon begins and remembered; when the PBX says otherwise later on, the daemon starts over.
const usersAuto = "auto"

// usersAll, among users, is everybody whom the PBX names.
const usersAll = "all"

var errAutoAlone = errors.New("users: " + usersAuto + " stands alone: a supervisor gets everybody's lines, anybody else his own")

// auto says whether the PBX decides whose lines there are.
func (f *pbxFlags) auto() bool { return slices.Contains(f.Users, usersAuto) }

func (f *pbxFlags) checkUsers() error {
	if f.auto() && len(f.Users) > 1 {
		return errAutoAlone
	}
	return nil
}

// withRole are the settings as the role makes them.
func (c *runCmd) withRole(supervisor bool) *runCmd {
	n := *c
	n.Users = nil
	if supervisor {
		n.Users = []string{usersAll}
	}
	return &n
}

// account is whose role it is: another user, host or domain may have another.
func (f *pbxFlags) account() string {
	return engine.Key(f.User) + "\n" + f.Host + "\n" + f.domain()
}
