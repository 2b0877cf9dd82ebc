package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/looplab/fsm"

	"offhook/events"
)

// ErrNotAllowed says that the table has no row for an event in a state.
var ErrNotAllowed = errors.New("engine: the event is not allowed in this state")

// machine is one looplab FSM for all calls, a flyweight: a call keeps its state, the machine keeps the transitions. (An FSM of
// its own would cost each call 3.5 KB.) It has no callbacks, since a panic in one would wedge it for good.
type machine struct{ fsm *fsm.FSM }

func newMachine() *machine {
	var rows fsm.Events
	for _, t := range transitions {
		rows = append(rows, fsm.EventDesc{Name: stepName(t.Event), Src: textsOf(t.From), Dst: t.To.String()})
	}
	for _, t := range stays {
		for _, s := range t.From {
			rows = append(rows, fsm.EventDesc{Name: stepName(t.Event), Src: []string{s.String()}, Dst: s.String()})
		}
	}
	for _, s := range confirmed {
		rows = append(rows, fsm.EventDesc{Name: confirmStep(s), Src: []string{Unknown.String()}, Dst: s.String()})
	}
	return &machine{fsm.NewFSM(Null.String(), rows, nil)}
}

func stepName(t events.Type) string {
	if t == released {
		return "released"
	}
	return t.String()
}

func confirmStep(s State) string { return events.CallConfirmed.String() + " " + s.String() }

func textsOf(states []State) []string {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = s.String()
	}
	return out
}

// next asks looplab where the step leads from s; ErrNotAllowed if the table has no such row. A step that stays in its
// state is allowed.
func (m *machine) next(s State, step string) (State, error) {
	m.fsm.SetState(s.String())
	err := m.fsm.Event(context.Background(), step)
	var stay fsm.NoTransitionError
	switch {
	case err == nil || errors.As(err, &stay):
		to, _ := StateNamed(m.fsm.Current())
		return to, nil
	default:
		return s, fmt.Errorf("%w: %s in %s", ErrNotAllowed, step, s)
	}
}

// transitionTable is the machine's answers for every (state, event), asked once at start: what the hot path reads. A test proves
// that it equals the machine.
type transitionTable [stateCount][96]cell

type cell struct {
	to      State
	allowed bool
}

// stateTable is the one table of the program.
var stateTable = newTransitionTable(newMachine())

func newTransitionTable(m *machine) *transitionTable {
	var d transitionTable
	for s := Null; s < stateCount; s++ {
		for _, t := range append(events.Types(), released) {
			to, err := m.next(s, stepName(t))
			d[s][t] = cell{to, err == nil}
		}
	}
	return &d
}

// next is where the event leads from s.
func (d *transitionTable) next(s State, t events.Type) (State, bool) {
	c := d[s][t]
	return c.to, c.allowed
}
