package scenario

import (
	"fmt"
	"strconv"

	"offhook/events"
	"offhook/internal/trace"
)

// tspiFunctions maps the functions of TSPI to the requests of the engine (decision TAPI-f.3). The first row of a function is
// its usual request.
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

// functionFor returns a function that can have made the request. ok is false if none can have made it with these fields.
func functionFor(q *trace.RequestRecord) (name string, ok bool) {
	for _, t := range tspiFunctions {
		if t.kind.String() != q.Name {
			continue
		}
		switch t.kind {
		case events.Dial:
			if q.Number == "" {
				return "", false // lineMakeCall without a number would read as a Seize
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

// stepRequest is the request of a tspi or request step.
type stepRequest struct {
	function string // the TSPI function; empty for a request step
	mode     string
	record   trace.RequestRecord
}

// parseStepRequest reads the arguments after at= of a tspi or request step.
func parseStepRequest(words []argument, tspi bool) (*stepRequest, error) {
	a := &stepRequest{}
	for _, p := range words {
		var err error
		switch p.key {
		case "":
			if a.function != "" {
				return nil, fmt.Errorf("%q after %q: only key=value may follow", p.value, a.function)
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

// setRequestName sets the name of the request that the TSPI function makes.
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

// toRecord returns the request with its number cleaned, or the error that the function returns at once.
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
		return 0, fmt.Errorf("%s=%s is not a number", p.key, p.value)
	}
	return uint32(n), nil
}
