package replay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/internal/fact"
	"offhook/replay/scenario"
	"offhook/replay/source"
)

const storyScenario = `# A first comment.

config line=41 user=ilund name="Ida Lund"
# between
config plain.mark=!
----
event 1 line.learned.v1 line=41 user=ilund name="Ida Lund" address=41 permanent=1

# She is called.
recv at=10:00:00.000
<message k="ringing"
# not a comment: inside the stanza

 ch="c1" from="7" to="41" user="ilund"></message>
----
# a note
event 2 call.offered.v1 line=41 call=1 channel=c1 from=7 to=41 reason=direct
state 41/1 null -> offering
line  41 LINE_CALLSTATE call=1 offering!

calls
----
call 41/1 offering from=7 to=41 actions=drop,redirect

tspi at=10:00:01.000 lineMakeCall line=41 number="1?" request=3
----
ignored refused: lineMakeCall returns DIALPROMPT

tspi at=10:00:01.000 lineMakeCall line=41 number="1 2" request=3
----
event 3 request.issued.v1 line=41 call=2 request=3 kind=dial number=12
send  <iq type="get" id="oh-1" number="12"/>

tick 10:00:02.000
----

recv at=10:00:03.000
<message k="hangup" ch="c1" from="7" to="41" user="ilund"/>
----
event 4 call.cleared.v1 line=41 call=1 channel=c1 from=7 to=41 cause=cancelled
state 41/1 offering -> disconnected
line  41 LINE_CALLSTATE call=1 disconnected!
state 41/1 disconnected -> idle
line  41 LINE_CALLSTATE call=1 idle!
line  all END

# The end.
`

func TestScenarioGoesAsWritten(t *testing.T) {
	s, err := scenario.Parse(storyScenario)
	require.NoError(t, err)
	diff, err := CheckScenario(s, plainOptions, false)
	require.NoError(t, err, diff)
	require.Equal(t, storyScenario, s.String())
	require.Len(t, s.Steps, 7)
	require.Equal(t, 10, s.Steps[1].Line)

	windows, err := scenario.Parse(strings.ReplaceAll(storyScenario, "\n", "\r\n"))
	require.NoError(t, err)
	require.Equal(t, storyScenario, windows.String())
}

func TestScenarioShowsDifferences(t *testing.T) {
	s, err := scenario.Parse(strings.Replace(storyScenario, "state 41/1 null -> offering\n", "", 1))
	require.NoError(t, err)
	diff, err := CheckScenario(s, plainOptions, false)
	require.ErrorIs(t, err, ErrDifferent)
	require.Contains(t, diff, "line 10: recv at=10:00:00.000\n")
	require.Contains(t, diff, "  + state 41/1 null -> offering\n")

	_, err = CheckScenario(s, plainOptions, true)
	require.NoError(t, err)
	require.Equal(t, storyScenario, s.String(), "a rewrite adds the missing fact and keeps the comments")
}

// TestSecondCheckFindsWhatEventsDoNotCarry: the second check fails if the projector's facts differ between the two runs.
func TestSecondCheckFindsWhatEventsDoNotCarry(t *testing.T) {
	runs := 0
	o := Options{Open: func(m map[string]string) (Parts, error) {
		p, err := openPlain(m)
		if runs++; runs > 1 {
			p.Projector = plainProjector{"?"}
		}
		return p, err
	}}
	s, err := scenario.Parse(storyScenario)
	require.NoError(t, err)
	diff, err := CheckScenario(s, o, false)
	require.ErrorIs(t, err, ErrDifferent)
	require.Contains(t, diff, "events alone")
	require.Contains(t, diff, "  + line  41 LINE_CALLSTATE call=1 offering?\n")
}

func TestScenarioWithoutSeparator(t *testing.T) {
	short := "config line=41 user=a\n\ntick 10:00:00.000\n\ntspi at=10:00:01.000 lineMakeCall line=41 request=1\n"
	s, err := scenario.Parse(short)
	require.NoError(t, err)
	diff, err := CheckScenario(s, plainOptions, false)
	require.ErrorIs(t, err, ErrDifferent, "facts that follow from a request must be expected")
	require.NotContains(t, diff, "config", "facts that follow from config lines need not")
	require.Equal(t, short, s.String())
	_, err = CheckScenario(s, plainOptions, true)
	require.NoError(t, err)
	require.Contains(t, s.String(), "config line=41 user=a\n----\nevent 1 line.learned.v1")
	require.Contains(t, s.String(), "\n\ntick 10:00:00.000\n\ntspi")
}

// TestScenarioThatCannotRun: a valid scenario fails if Options.Open refuses its settings or its start record is unreadable.
func TestScenarioThatCannotRun(t *testing.T) {
	s, err := scenario.Parse("config plain.color=red\n")
	require.NoError(t, err)
	_, err = CheckScenario(s, plainOptions, false)
	require.ErrorIs(t, err, scenario.ErrInvalid)
	require.ErrorContains(t, err, "plain.color")
	s, err = scenario.Parse("start at=10:00:00.000\n{\"settings\":5}\n")
	require.NoError(t, err)
	_, err = CheckScenario(s, plainOptions, false)
	require.ErrorIs(t, err, source.ErrUnreadable)
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestCheckPaths(t *testing.T) {
	dir := t.TempDir()
	var seen []Result
	check := func(rewrite bool, paths ...string) error {
		seen = nil
		return Check(plainOptions, paths, rewrite, func(r Result) { seen = append(seen, r) })
	}
	require.Equal(t, 2, ExitCode(check(false, dir)))
	require.ErrorIs(t, check(false, filepath.Join(dir, "gone")), source.ErrUnreadable)

	good := writeFile(t, filepath.Join(dir, "b", "good.txt"), storyScenario)
	writeFile(t, filepath.Join(dir, "b", "notes.md"), "no scenario")
	require.NoError(t, check(false, dir, good))
	require.Len(t, seen, 1, "once, even if named twice")
	require.Equal(t, 7, seen[0].Steps)

	poor := writeFile(t, filepath.Join(dir, "a.txt"), strings.Replace(storyScenario, "kind=dial", "kind=fly", 1))
	bad := writeFile(t, filepath.Join(dir, "c.txt"), "recv\n")
	err := check(false, dir)
	require.ErrorIs(t, err, ErrDifferent, "the first failure counts")
	require.Equal(t, 1, ExitCode(err))
	require.Zero(t, ExitCode(nil))
	require.Len(t, seen, 3)
	require.Equal(t, poor, seen[0].Path)
	require.NoError(t, seen[1].Err)
	require.ErrorIs(t, seen[2].Err, scenario.ErrInvalid)
	require.ErrorContains(t, seen[2].Err, bad)

	require.NoError(t, check(true, poor, good))
	require.True(t, seen[0].Rewritten)
	require.False(t, seen[1].Rewritten)
	text, err := os.ReadFile(poor)
	require.NoError(t, err)
	require.Equal(t, storyScenario, string(text))
	require.ErrorIs(t, check(true, bad), scenario.ErrInvalid)
	text, err = os.ReadFile(bad)
	require.NoError(t, err)
	require.Equal(t, "recv\n", string(text), "an invalid file is not changed")
}

func TestFactsOfAnAnomaly(t *testing.T) {
	var got []fact.Fact
	parts, err := openPlain(nil)
	require.NoError(t, err)
	p := NewPlayer(parts, engine.Settings{Learn: true}, func(f *fact.Fact) { got = append(got, *f) })
	require.NoError(t, p.Feed(stanzaRecord(0, `<message k="talking" ch="c1" from="7" to="41" user="a"/>`)))
	require.NoError(t, p.Feed(stanzaRecord(1, `<message k="parked" ch="c1" user="a"/>`)))
	last := got[len(got)-1]
	require.Equal(t, fact.Ignored, last.Kind)
	require.Equal(t, uint64(3), last.Seq, "input.ignored shows its reason only, with its number")
	require.Equal(t, "unknown-event-type", last.Code)
	require.Equal(t, `<message k="parked" ch="c1" user="a"/>`, last.Raw)
	require.Equal(t, []fact.Kind{fact.Event, fact.Event, fact.State, fact.Line, fact.Ignored}, factKinds(got))
}

func factKinds(fs []fact.Fact) (ks []fact.Kind) {
	for _, f := range fs {
		ks = append(ks, f.Kind)
	}
	return ks
}
