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

// Errors that callers test for; each becomes an exit code (decision D1).
var (
	// ErrDifferent says that a scenario did not go as written. Exit code 1.
	ErrDifferent = errors.New("replay: not as expected")
	// ErrNoScenario says that there was nothing to check. Exit code 2.
	ErrNoScenario = errors.New("replay: no scenario found")
)

// ExitCode is what a program says of an error of this package: 0 for none, 2 when there was nothing to do, else 1
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

// Projector turns changes of the engine into facts for a frontend. It is called with every change in its order, and
// Flush once at the end. One that also has Bridge is told of the calls that are open where a run begins in the middle.
type Projector interface {
	Apply(engine.Change, func(fact.Fact))
	Flush(func(fact.Fact))
}

// Bridger is the add-on of a Projector that can be taken to a snapshot (decision A5).
type Bridger interface {
	Bridge(engine.Snapshot, func(fact.Fact))
}

// Parts are what a run is made of besides the engine.
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

// Options are what replay needs to know.
type Options struct {
	// Open makes the parts of one run. The map holds the settings that are not the engine's, such as "tapi-version";
	// it must refuse those it does not know.
	Open func(settings map[string]string) (Parts, error)
	// Format is that of the output; empty is Text.
	Format Format
	// Settings are the engine's where the input brings none: bare files, traces without a start record, journals.
	// Lines are learned unless Settings names some.
	Settings engine.Settings
	// PartSettings is given to Open when the input brings no settings of its own.
	PartSettings map[string]string
	// Stdin stands behind the file name "-".
	Stdin io.Reader
	// OnLogLine gets the lines of debug logs that are no inputs, in their place between the facts; may be nil.
	OnLogLine func(trace.LogLine)
}
