package admin

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"offhook/internal/control"
	"offhook/internal/support"
)

// startTrace is the verb that begins a trace.
func (a *Admin) startTrace(ctx context.Context, c control.Caller, q control.Values) (control.Values, error) {
	minutes, err := numberIn(q, "minutes", support.DefaultMinutes, 1, support.MaxMinutes)
	if err != nil {
		return nil, err
	}
	megabytes, err := numberIn(q, "megabytes", support.DefaultMegabytes, 1, support.MaxMegabytes)
	if err != nil {
		return nil, err
	}
	t, err := a.cfg.Recorder.Start(ctx, c.User, minutes, megabytes)
	if err != nil {
		return nil, err
	}
	return control.Values{{Name: "file", Value: t.File}, {Name: "minutes", Value: strconv.Itoa(minutes)},
		{Name: "megabytes", Value: strconv.Itoa(megabytes)}}, nil
}

// numberIn reads a number of a request, which lies between least and most.
func numberIn(q control.Values, name string, usual, least, most int) (int, error) {
	if !q.Has(name) {
		return usual, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < least || n > most {
		return 0, &control.Error{Code: control.CodeBadRequest, Text: fmt.Sprintf("%s is a number from %d to %d", name, least, most)}
	}
	return n, nil
}

// stopTrace is the verb that ends a trace and answers with the archive.
func (a *Admin) stopTrace(_ context.Context, c control.Caller, _ control.Values) (control.Values, error) {
	archive, err := a.cfg.Recorder.Stop(c.User)
	if err != nil {
		return nil, err
	}
	return control.Values{{Name: "file", Value: archive}}, nil
}

// traceValues returns what a status has of the running trace.
func (a *Admin) traceValues() (v control.Values) {
	if t := a.cfg.Recorder.Current(); t != nil {
		v.Add("trace", t.File)
		v.Add("trace-since", t.Began.Format(time.RFC3339))
	}
	return v
}
