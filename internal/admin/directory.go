package admin

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"offhook/engine"
	"offhook/internal/account"
	"offhook/internal/control"
	"offhook/internal/settings"
)

// directory knows the users of the PBX, for administrators who select lines. It is read on demand, in a session beside
// the daemon's own, at most ten users a second (decision C5), and kept for ten minutes.
type directory struct {
	log *slog.Logger

	mu         sync.Mutex
	people     map[string]engine.UserInfo // by key; users that were not looked up yet have a user name only
	reading    chan struct{}              // closed when the reading ends; nil while nothing is read
	readAt     time.Time
	supervisor bool
	known      bool // whether the account is a supervisor
	round      int  // counts forget: what an older round reads is dropped
}

const (
	directoryAge  = 10 * time.Minute
	directoryWait = 20 * time.Second // how long the answer waits for the reading
	lookupEvery   = 100 * time.Millisecond
	maxPeople     = 10_000
)

// forget drops everything.
func (d *directory) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people, d.readAt, d.known = nil, time.Time{}, false
	d.round++
}

// role says whether our account is a supervisor.
func (d *directory) role() (supervisor, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.supervisor, d.known
}

// start reads the users in a goroutine, unless they are read already. The result is closed at the end of the reading.
func (d *directory) start(acc *account.Account) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reading != nil {
		return d.reading
	}
	done := make(chan struct{})
	if time.Since(d.readAt) < directoryAge {
		close(done)
		return done
	}
	d.reading = done
	round := d.round
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		err := d.read(ctx, acc, round)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.reading = nil
		if err == nil && round == d.round {
			d.readAt = time.Now()
		} else if err != nil {
			d.log.Warn("the users of the PBX could not be read", "error", err)
		}
		close(done)
	}()
	return done
}

// read asks for the account itself and, for a supervisor, for all users.
func (d *directory) read(ctx context.Context, acc *account.Account, round int) error {
	return acc.Enquire(ctx, func(ctx context.Context, q *account.Enquiry) error {
		me, err := q.Self(ctx)
		if err != nil {
			return err
		}
		d.learn(round, me)
		d.mu.Lock()
		d.supervisor, d.known = me.Supervisor, round == d.round
		d.mu.Unlock()
		if q.Dialect().Traits().NeedsRole != "" && !me.Supervisor {
			return nil
		}
		return d.readAll(ctx, q, round)
	})
}

// readAll asks for the roster and looks up each user in it.
func (d *directory) readAll(ctx context.Context, q *account.Enquiry, round int) error {
	o, err := q.Ask(ctx, engine.Command{Kind: engine.CmdRoster})
	if err != nil {
		return fmt.Errorf("the roster: %w", err)
	}
	users := o.Users[:min(len(o.Users), maxPeople)]
	for _, u := range users {
		d.learn(round, engine.UserInfo{User: u, Enabled: true})
	}
	tick := time.NewTicker(lookupEvery)
	defer tick.Stop()
	for _, u := range users {
		o, err := q.Ask(ctx, engine.Command{Kind: engine.CmdFindUser, Number: u})
		if err != nil {
			return fmt.Errorf("the user %s: %w", u, err)
		}
		if o.Reply == engine.ReplyUser {
			d.learn(round, o.Found)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// learn keeps a user, unless the round is over.
func (d *directory) learn(round int, u engine.UserInfo) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if round != d.round || u.User == "" {
		return
	}
	if d.people == nil {
		d.people = map[string]engine.UserInfo{}
	}
	if _, there := d.people[engine.Key(u.User)]; there && u.Extension == "" && u.Name == "" {
		return
	}
	d.people[engine.Key(u.User)] = u
}

// list returns a copy of the users, and whether they are complete.
func (d *directory) list() (people map[string]engine.UserInfo, complete bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	people = map[string]engine.UserInfo{}
	for k, u := range d.people {
		people[k] = u
	}
	return people, d.reading == nil && !d.readAt.IsZero()
}

// answerRoom is how many bytes of an answer a list may take.
const answerRoom = control.MaxMessage - 16<<10

// users is the verb that lists the users whose lines may be selected, and which are.
func (a *Admin) users(ctx context.Context, _ control.Caller, q control.Values) (control.Values, error) {
	set, err := a.cfg.Load()
	if err != nil {
		return nil, err
	}
	if set.Settings.User != "" && account.PasswordStore(set).IsKnown() {
		select {
		case <-a.directory.start(a.account(set)):
		case <-time.After(directoryWait):
		case <-ctx.Done():
		}
	}
	people, complete := a.directory.list()
	if d, _ := a.daemon(); d != nil {
		if snap, err := snapshot(ctx, d); err == nil {
			for _, l := range snap.Lines {
				if known := people[l.Key]; known.Extension == "" {
					people[l.Key] = engine.UserInfo{User: l.User, Name: l.Name, Extension: l.Address, Enabled: true}
				}
			}
		}
	}
	for _, u := range set.Settings.Users {
		if _, known := people[engine.Key(u)]; !known && u != settings.UsersAll && u != settings.UsersAuto {
			people[engine.Key(u)] = engine.UserInfo{User: u, Enabled: true}
		}
	}
	run := &set.Settings
	if run.Auto() {
		supervisor, _ := a.isSupervisor(ctx)
		run = account.WithRole(run, supervisor)
	}
	return usersPage(people, run, complete, q.Get("after")), nil
}

// usersPage returns the users that follow a user name in the order of their full names, as many as fit.
func usersPage(people map[string]engine.UserInfo, c *settings.Settings, complete bool, after string) (v control.Values) {
	selected := map[string]bool{}
	for _, u := range c.Users {
		selected[engine.Key(u)] = true
	}
	if len(c.Users) == 0 {
		selected[engine.Key(c.User)] = true
	}
	var all []engine.UserInfo
	for _, u := range people {
		if u.Enabled {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b engine.UserInfo) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.User, b.User))
	})
	if after != "" {
		all = all[slices.IndexFunc(all, func(u engine.UserInfo) bool { return u.User == after })+1:]
	}
	room := answerRoom
	for i, u := range all {
		state := "available"
		if selected[settings.UsersAll] || selected[engine.Key(u.User)] {
			state = "selected"
		}
		line := columns(u.User, u.Extension, u.Name, state)
		if room -= 3*len(line) + 8; room < 0 { // three bytes a character at most, when escaped
			v.Add("next", all[i-1].User)
			break
		}
		v.Add("user", line)
	}
	v.Add("complete", yesNo(complete))
	return v
}
