package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"offhook/internal/control"
)

// lines is the verb that lists the lines, in the order in which TAPI enumerates them.
func (a *Admin) lines(ctx context.Context, _ control.Caller, q control.Values) (control.Values, error) {
	all, err := a.Lines(ctx)
	if err != nil {
		return nil, err
	}
	return linesPage(all, q.Get("after")), nil
}

// linesPage returns the lines that follow a user name, as many as fit.
func linesPage(all []string, after string) (v control.Values) {
	if after != "" {
		for i, l := range all {
			if login, _, _ := strings.Cut(l, "\t"); login == after {
				all = all[i+1:]
				break
			}
		}
	}
	room := answerRoom
	for i, l := range all {
		if room -= 3*len(l) + 8; room < 0 { // three bytes a character at most, when escaped
			last, _, _ := strings.Cut(all[i-1], "\t")
			v.Add("next", last)
			break
		}
		v.Add("line", l)
	}
	return v
}

// Lines returns the lines that TAPI is shown, each with user name, extension, full name, permanent id, and in or out of
// service, separated by tabs.
func (a *Admin) Lines(ctx context.Context) (all []string, err error) {
	d, trouble := a.daemon()
	if d == nil {
		return nil, fmt.Errorf("there are no lines yet: %w", orStarting(trouble))
	}
	snap, err := snapshot(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, l := range snap.Lines {
		service := "out"
		if l.InService {
			service = "in"
		}
		all = append(all, columns(l.User, l.Address, l.Name, strconv.FormatUint(uint64(l.Permanent), 10), service))
	}
	return all, nil
}
