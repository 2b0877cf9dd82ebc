package scenario

import (
	"fmt"
	"strconv"

	"offhook/events"
	"offhook/internal/trace"
)

// tspiFunctions pairs the functions of TSPI with the requests of the engine (decision TAPI-f.3).
var tspiFunctions = []struct {
	name string
	kind events.RequestKind
}{
	{"lineMakeCall", events.Dial}, {"lineMakeCall", events.Seize}, {"lineDial", events.Dial}, {"lineAnswer", events.Answer},
	{"lineDrop", events.Drop}, {"lineHold", events.Hold}, {"lineUnhold", events.Unhold}, {"lineSwapHold", events.SwapHold},
	{"lineBlindTransfer", events.BlindTransfer}, {"lineSetupTransfer", events.SetupTransfer},
	{"lineCompleteTransfer", events.CompleteTransfer}, {"lineCompleteTransfer", events.Conference},
	{"linePickup", events.PickupCall}, {"lineRedirect", events.Redirect},
}

// functionFor is the function a request may have come from; ok is false when its fields do not fit it.
func functionFor(q *trace.RequestRecord) (name string, ok bool) {
	for _, t := range tspiFunctions {
		if t.kind.String() != q.Name {
			continue
		}
		switch t.kind {
		case events.Dial:
			if q.Number == "" {
				return "", false // this one would read as a Seize
			}
			if q.Call != 0 {
				return "lineDial", true
			}
		case events.Seize:
			return t.name, q.Number == ""
		}
		return t.name, true
	}
	return "", false
}

// stepRequest is a request as a step names it.
type stepRequest struct {
	function string // of TSPI; empty: the engine's own words
	mode     string
	record   trace.RequestRecord
}

// parseStepRequest reads what stands behind "tspi at=…" or "request at=…".
func parseStepRequest(words []argument, tspi bool) (*stepRequest, error) {
	a := &stepRequest{}
	for _, p := range words {
		var err error
		switch p.key {
		case "":
			if a.function != "" {
				return nil, fmt.Errorf("%q behind %q: only key=value may follow", p.value, a.function)
			}
			a.function = p.value
		case "line":
			a.record.Line = p.value
		case "number":
			a.record.Number = p.value
		case "mode":
			a.mode = p.value
		case "call":
			a.record.Call, err = parseUint32(p)
		case "other", "consult":
			a.record.Other, err = parseUint32(p)
		case "request":
			a.record.ID, err = parseUint32(p)
		case "frontend":
			a.record.Frontend = p.value
		case "principal":
			a.record.Principal = p.value
		case "ref":
			a.record.Ref, err = parseUint32(p)
		default:
			err = fmt.Errorf("unknown key %q; known are line, call, number, request, consult, mode, frontend, principal, ref", p.key)
		}
		if err != nil {
			return nil, err
		}
	}
	if !tspi {
		a.record.Name, a.function = a.function, ""
		return a, nil
	}
	return a, a.setRequestName()
}

// setRequestName finds the request a TSPI function stands for.
func (a *stepRequest) setRequestName() error {
	want := events.RequestNone
	for _, t := range tspiFunctions {
		if t.name == a.function {
			want = t.kind
			break
		}
	}
	switch {
	case want == events.RequestNone:
		return fmt.Errorf("unknown TSPI function %q; known are lineMakeCall, lineAnswer, lineDrop and so on", a.function)
	case a.record.ID == 0:
		return fmt.Errorf("%s without request=", a.function)
	case a.function == "lineMakeCall" && a.record.Number == "":
		want = events.Seize
	case want == events.CompleteTransfer && a.mode == "conference":
		want = events.Conference
	}
	a.record.Name = want.String()
	return nil
}

// toRecord gives the record to feed, or the error that the function returns at once: such a request never enters the
// timeline.
func (a *stepRequest) toRecord(dialable NumberCleaner) (r trace.RequestRecord, refused string) {
	r = a.record
	if a.function == "" || r.Number == "" {
		return r, ""
	}
	r.Number, refused = dialable.clean(r.Number)
	return r, refused
}

func parseUint32(p argument) (uint32, error) {
	n, err := strconv.ParseUint(p.value, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%s=%s is no number", p.key, p.value)
	}
	return uint32(n), nil
}
