package main

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
	"offhook/internal/control"
	"offhook/internal/settings"
)

// directory is whom the PBX knows, for people who select lines. It is read on demand, beside the daemon's own session,
// at most ten users a second (decision C5), and kept for a while.
type directory struct {
	log *slog.Logger

	mu         sync.Mutex
	people     map[string]engine.UserInfo // by key; those not asked for yet have a name only
	reading    chan struct{}              // closed when the reading ends; nil: none is under way
	readAt     time.Time
	supervisor bool
	known      bool // supervisor is
	round      int  // counts forget
}

const (
	directoryAge  = 10 * time.Minute
	directoryWait = 20 * time.Second // how long an answer waits for the rest
	lookupEvery   = 100 * time.Millisecond
	maxPeople     = 10_000
)

// forget drops everything: the settings changed.
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

// begin starts reading unless that is done or under way, and gives what is closed at its end.
func (d *directory) begin(set *settings.Loaded) <-chan struct{} {
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
		err := d.read(ctx, set, round)
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

func (d *directory) read(ctx context.Context, set *settings.Loaded, round int) error {
	password, err := passwordsOf(set).Source()
	if err != nil {
		return err
	}
	cfg, err := xmppConfigWith(&set.Settings, set.DataDir, password, nil)
	if err != nil {
		return err
	}
	return enquire(ctx, cfg, &set.Settings, func(ctx context.Context, q *enquiry) error {
		me, err := q.self(ctx, userName(set.Settings.User))
		if err != nil {
			return err
		}
		d.learn(round, me)
		d.mu.Lock()
		d.supervisor, d.known = me.Supervisor, round == d.round
		d.mu.Unlock()
		if q.dialect.Traits().NeedsRole != "" && !me.Supervisor {
			return nil
		}
		return d.readAll(ctx, q, round)
	})
}

func (d *directory) readAll(ctx context.Context, q *enquiry, round int) error {
	o, err := q.ask(ctx, engine.Command{Kind: engine.CmdRoster})
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
		o, err := q.ask(ctx, engine.Command{Kind: engine.CmdFindUser, Number: u})
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

// list is a copy of what is known.
func (d *directory) list() (people map[string]engine.UserInfo, complete bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	people = map[string]engine.UserInfo{}
	for k, u := range d.people {
		people[k] = u
	}
	return people, d.reading == nil && !d.readAt.IsZero()
}

// answerRoom is how much of an answer people may take.
const answerRoom = control.MaxMessage - 16<<10

// users lists whom lines may be had of, and who is selected.
func (r *runner) users(ctx context.Context, _ control.Caller, q control.Values) (control.Values, error) {
	set, err := readSettings(r.args)
	if err != nil {
		return nil, err
	}
	if set.Settings.User != "" && passwordsOf(set).IsKnown() {
		select {
		case <-r.directory.begin(set):
		case <-time.After(directoryWait):
		case <-ctx.Done():
		}
	}
	people, complete := r.directory.list()
	if d, _ := r.daemonNow(); d != nil {
		if snap, err := snapshotOf(ctx, d); err == nil {
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
		supervisor, _ := r.supervisor(ctx)
		run = withRole(run, supervisor)
	}
	return page(people, run, complete, q.Get("after")), nil
}

// page lists people behind a login name in the order of their names, as many as fit.
func page(people map[string]engine.UserInfo, c *settings.Settings, complete bool, after string) (v control.Values) {
	selected := map[string]bool{}
	for _, u := range c.Users {
		selected[engine.Key(u)] = true
	}
	if len(c.Users) == 0 {
		selected[engine.Key(userName(c.User))] = true
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
		line := fields(u.User, u.Extension, u.Name, state)
		if room -= 3*len(line) + 8; room < 0 { // three bytes a character at most, when escaped
			v.Add("next", all[i-1].User)
			break
		}
		v.Add("user", line)
	}
	v.Add("complete", yesNo(complete))
	return v
}
