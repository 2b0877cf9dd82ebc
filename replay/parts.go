package replay

import (
	"errors"
	"io"

	"offhook/engine"
	"offhook/internal/fact"
	"offhook/internal/trace"
	"offhook/replay/scenario"
	"offhook/replay/source"
)

// Errors that callers test for. Each has an exit code (decision D1).
var (
	// ErrDifferent says that other facts followed than a scenario expects. Exit code 1.
	ErrDifferent = errors.New("replay: not as expected")
	// ErrNoScenario says that there was no scenario to check. Exit code 2.
	ErrNoScenario = errors.New("replay: no scenario found")
)

// ExitCode returns the exit code of a program for an error of this package: 0 for none, 2 if there was no scenario, else 1
// (decisions D1, D3).
func ExitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrNoScenario):
		return 2
	}
	return 1
}

// Projector makes the facts of one frontend out of the engine's changes. Apply is called with every change in its order,
// Flush once at the end. A Projector that is also a [Bridger] is told the open calls where a run begins in mid-run.
type Projector interface {
	Apply(engine.Change, func(fact.Fact))
	Flush(func(fact.Fact))
}

// Bridger is a Projector that can be set to a snapshot (decision A5).
type Bridger interface {
	Bridge(engine.Snapshot, func(fact.Fact))
}

// Parts are what a run needs besides the engine.
type Parts struct {
	Dialect     engine.Dialect
	Projector   Projector              // nil: no line facts
	Split       source.Split           // nil: only traces, journals and scenarios can be read
	CleanNumber scenario.NumberCleaner // nil: numbers are taken as they are
	// Canonical spells the keys of settings in one way, so that settings of one place can stand above those of another. Of two
	// spellings in one place the present one counts. nil: all are spelt so already.
	Canonical func(map[string]string) map[string]string
}

func (p *Parts) canonical(settings map[string]string) map[string]string {
	if p.Canonical == nil {
		return settings
	}
	return p.Canonical(settings)
}

// Format is how facts are written.
type Format string

// The formats.
const (
	Text Format = "text" // the scenario form
	JSON Format = "json" // one object a line (decision D2)
	// Changes is one object a line of the neutral JSON of changes (package changejson), without facts.
	Changes Format = "changes"
)

// Options say how a run is made and what it writes.
type Options struct {
	// Open makes the parts of one run. The map holds the settings that are not the engine's, such as "tapi-version". Open must
	// refuse settings that it does not know.
	Open func(settings map[string]string) (Parts, error)
	// Format is the form of the output; empty is Text.
	Format Format
	// Settings are the engine's if the input has none, as files of stanzas, traces without a start record and journals have.
	// Lines are learned unless Settings names some.
	Settings engine.Settings
	// PartSettings are passed to Open, and override those of a start record.
	PartSettings map[string]string
	// Stdin is read for the file name "-".
	Stdin io.Reader
	// OnLogLine is called with each line of a debug log that is no input, between the facts; may be nil.
	OnLogLine func(trace.LogLine)
}
