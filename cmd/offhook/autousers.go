package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"offhook/adapters/xmpp/pascom"
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

// role is what is remembered of an account.
type role struct {
	Account    string `json:"account"`
	Supervisor bool   `json:"supervisor"`
}

func roleFile(dir string) string { return filepath.Join(dir, "role.json") }

// rememberedRole says whether the account was a supervisor when it was last heard of.
func rememberedRole(dir, account string) (supervisor, known bool) {
	b, err := os.ReadFile(roleFile(dir))
	var r role
	if err != nil || json.Unmarshal(b, &r) != nil || r.Account != account {
		return false, false
	}
	return r.Supervisor, true
}

func rememberRole(dir, account string, supervisor bool) error {
	b, err := json.Marshal(role{account, supervisor})
	if err != nil {
		return err
	}
	return replaceFile(roleFile(dir), b)
}

// roleWait bounds the question for the role before a first start. Without an answer the daemon begins with the own line.
const roleWait = 20 * time.Second

// decideUsers replaces users=auto by what the role makes of it. The PBX is asked only while nothing is kept yet, which
// keeps a refused password from being sent once more at each start; the kind of journal follows from the answer.
func (s *settings) decideUsers(ctx context.Context, log *slog.Logger) (*runCmd, bool) {
	if !s.run.auto() || s.run.checkUsers() != nil {
		return s.run, false
	}
	supervisor, known := rememberedRole(s.dataDir, s.run.account())
	if !known && s.run.User != "" && holds(filepath.Join(s.dataDir, "journal")) == "" {
		var err error
		if supervisor, err = s.askRole(ctx); err != nil {
			log.Info("whether the account is a supervisor is not known yet; until then there is its own line", "why", err)
		} else if err := rememberRole(s.dataDir, s.run.account(), supervisor); err != nil {
			log.Warn("the account's role cannot be remembered", "error", err)
		}
	}
	return s.run.withRole(supervisor), supervisor
}

func (s *settings) askRole(ctx context.Context) (supervisor bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, roleWait)
	defer cancel()
	password, err := s.passwords.source()
	if err != nil {
		return false, err
	}
	cfg, err := s.run.xmppWith(s.dataDir, password, nil)
	if err != nil {
		return false, err
	}
	err = enquire(ctx, cfg, pascom.Options{CommandTo: s.run.CommandTo, NarrowLogin: true}, func(ctx context.Context, q *enquiry) error {
		me, err := q.self(ctx, userName(s.run.User))
		supervisor = me.Supervisor
		return err
	})
	return supervisor, err
}

// watchRole waits until the PBX's answer to the login differs from the role that the daemon runs with; it remembers that
// one and gives true. It gives false when ctx is done or the daemon ends.
func (s *settings) watchRole(ctx context.Context, d *daemon, assumed bool, log *slog.Logger) bool {
	r := d.loop.Reader()
	own := engine.Key(s.run.User)
	differs := func(l *engine.LineView) bool {
		return l != nil && l.Key == own && l.User != "" && l.Supervisor != assumed
	}
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return false
		}
		changed := b.Snapshot != nil && slices.ContainsFunc(b.Snapshot.Lines, func(l engine.LineView) bool { return differs(&l) })
		changed = changed || slices.ContainsFunc(b.Changes, func(c *engine.Change) bool { return differs(c.Line) })
		if !changed {
			continue
		}
		if err := rememberRole(s.dataDir, s.run.account(), !assumed); err != nil {
			log.Error("the account's role cannot be remembered; whose lines there are stays as it is", "error", err)
			return false
		}
		log.Info("the PBX says that the account's role is another one than before", "supervisor", !assumed)
		return true
	}
}
