package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"offhook/internal/control"
)

// lines is the verb that lists the lines, in the order in which TAPI enumerates them.
func (r *runner) lines(ctx context.Context, _ control.Caller, q control.Values) (control.Values, error) {
	all, err := r.allLines(ctx)
	if err != nil {
		return nil, err
	}
	return linesPage(all, q.Get("after")), nil
}

// linesPage are the lines behind a login, as many as fit.
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

// allLines are the lines that are shown to TAPI: login, extension, name, permanent id, and whether each is in service.
func (r *runner) allLines(ctx context.Context) (all []string, err error) {
	d, trouble := r.daemonNow()
	if d == nil {
		return nil, fmt.Errorf("there are no lines yet: %w", orStarting(trouble))
	}
	snap, err := snapshotOf(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, l := range snap.Lines {
		service := "out"
		if l.InService {
			service = "in"
		}
		all = append(all, fields(l.User, l.Address, l.Name, strconv.FormatUint(uint64(l.Permanent), 10), service))
	}
	return all, nil
}
