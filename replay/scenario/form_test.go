package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
	"offhook/replay/source"
)

func TestPairs(t *testing.T) {
	for _, c := range []struct {
		text string
		want []argument
		bad  string
	}{
		{"", nil, ""},
		{"lineAnswer line=41 call=1", []argument{{"", "lineAnswer"}, {"line", "41"}, {"call", "1"}}, ""},
		{`name="Ida \"I\" Lund"  device="a b"`, []argument{{"name", `Ida "I" Lund`}, {"device", "a b"}}, ""},
		{`caps=`, []argument{{"caps", ""}}, ""},
		{`caps= user=x`, []argument{{"caps", ""}, {"user", "x"}}, ""},
		{`"two words" =x`, []argument{{"", "two words"}, {"", "=x"}}, ""},
		{`number=+49=1`, []argument{{"number", "+49=1"}}, ""},
		{`name="open`, nil, "quotes"},
		{`name="a"b`, nil, "right after"},
	} {
		got, err := parseArguments(c.text)
		if c.bad != "" {
			require.ErrorContains(t, err, c.bad, c.text)
			continue
		}
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got, c.text)
	}
}

func TestTimes(t *testing.T) {
	for text, ms := range map[string]int64{
		"00:00:00.000": 0, "10:00:03.040": 36_003_040, "23:59:59.999": oneDay - 1,
		"1970-01-02T00:00:00.000Z": oneDay, "2026-03-09T08:58:00.250Z": 1773046680250, "1969-12-31T23:59:59.999Z": -1,
	} {
		got, err := parseTime(text)
		require.NoError(t, err, text)
		require.Equal(t, ms, got, text)
		require.Equal(t, text, formatTime(ms))
	}
	for _, bad := range []string{"", "10", "25:00:00.000", "2026-03-09", "10:00:00Z", "soon"} {
		_, err := parseTime(bad)
		require.Error(t, err, bad)
	}
	short, err := parseTime("10:00:03")
	require.NoError(t, err)
	require.Equal(t, int64(36_003_000), short)
}

func TestSettingsTwoWays(t *testing.T) {
	timers := engine.Timers{SessionGrace: time.Second, Pair: 1500 * time.Millisecond}
	for _, c := range []struct {
		set  engine.Settings
		text string // empty: config lines cannot express these settings
	}{
		{engine.Settings{Learn: true}, "config learn=true\n"},
		{engine.Settings{User: "ilund", Handshake: true, Version: "0.1", Timers: timers}, "config user=ilund handshake=true version=0.1 timers.session-grace=1s timers.pair=1.5s\n"},
		{engine.Settings{User: "s", Supervisor: true, Users: []string{"a", "b"}, To: "x@y", Journal: "j", Source: "branch", Handshake: true,
			Experimental: engine.ActRedirect | engine.ActSwapHold}, "config role=supervisor user=s users=a,b handshake=true command-to=x@y journal=j source=branch experimental=redirect,swap-hold\n"},
		{engine.Settings{User: "ilund", Lines: []events.LineFacts{{Line: "ilund", User: "ILund", Address: "41", Name: "Ida Lund", Supervisor: true,
			Devices: []events.Device{{Name: "a [b]", Known: true, Capabilities: []string{"hold", "dial"}, Kind: "Snom Phone", Roaming: true}, {Name: "c"}, {Name: "d", Known: true}}}}},
			"config user=ilund\nconfig line=41 user=ILund name=\"Ida Lund\" supervisor=true device=\"a [b]\" caps=hold,dial kind=\"Snom Phone\" roaming=true device=c device=d caps=\n"},
		{engine.Settings{}, ""}, // lines would be learned
		{engine.Settings{Users: []string{"a,b"}, Learn: true}, ""},                      // reads as two
		{engine.Settings{Lines: []events.LineFacts{{Line: "other", User: "x"}}}, ""},    // the key is not the user's
		{engine.Settings{Learn: true, Lines: []events.LineFacts{{Permanent: 7}}}, ""},   // numbers are assigned
		{engine.Settings{Learn: true, User: "u", Users: []string{""}}, ""},              // a user without a name
		{engine.Settings{Learn: true, Timers: engine.Timers{Branch: -time.Second}}, ""}, // not a duration of a timer
	} {
		text, ok := configText(talkingDialect{}, c.set, 0)
		require.Equal(t, c.text != "", ok, "%+v\n%s", c.set, text)
		if ok {
			require.Equal(t, c.text, text)
		}
	}
}

func TestSettingsRefused(t *testing.T) {
	for text, why := range map[string]string{
		"config role=boss":                  "role=boss",
		"config handshake=yes":              "true or false",
		"config timers.nap=3s":              "timers.",
		"config timers.pair=soon":           "timers.",
		"config timers.pair=-1s":            "timers.",
		"config experimental=fly":           "experimental=fly",
		"config at=noon":                    "noon",
		"config word":                       "key=value",
		"config line=41 caps=hold":          "is unknown in a config line",
		"config line=41 device=a roaming=1": "true or false",
		"config line=":                      "needs line=",
	} {
		_, err := Parse(text + "\n")
		require.ErrorIs(t, err, ErrInvalid)
		require.ErrorContains(t, err, why)
		require.ErrorContains(t, err, "line 1", text)
	}
}

func TestTSPINames(t *testing.T) {
	for _, c := range []struct {
		step string
		want trace.RequestRecord
	}{
		{"lineMakeCall line=41 number=0711 request=1", trace.RequestRecord{ID: 1, Name: "dial", Line: "41", Number: "0711"}},
		{"lineMakeCall line=41 request=1", trace.RequestRecord{ID: 1, Name: "seize", Line: "41"}},
		{"lineDial line=41 call=3 number=0711 request=1", trace.RequestRecord{ID: 1, Name: "dial", Line: "41", Call: 3, Number: "0711"}},
		{"lineAnswer line=41 call=3 request=1", trace.RequestRecord{ID: 1, Name: "answer", Line: "41", Call: 3}},
		{"lineDrop line=41 call=3 request=1", trace.RequestRecord{ID: 1, Name: "drop", Line: "41", Call: 3}},
		{"lineHold line=41 call=3 request=1", trace.RequestRecord{ID: 1, Name: "hold", Line: "41", Call: 3}},
		{"lineUnhold line=41 call=3 request=1", trace.RequestRecord{ID: 1, Name: "unhold", Line: "41", Call: 3}},
		{"lineSwapHold line=41 call=3 consult=4 request=1", trace.RequestRecord{ID: 1, Name: "swap-hold", Line: "41", Call: 3, Other: 4}},
		{"lineBlindTransfer line=41 call=3 number=44 request=1", trace.RequestRecord{ID: 1, Name: "blind-transfer", Line: "41", Call: 3, Number: "44"}},
		{"lineSetupTransfer line=41 call=3 request=1", trace.RequestRecord{ID: 1, Name: "setup-transfer", Line: "41", Call: 3}},
		{"lineCompleteTransfer line=41 call=3 consult=4 request=1", trace.RequestRecord{ID: 1, Name: "complete-transfer", Line: "41", Call: 3, Other: 4}},
		{"lineCompleteTransfer line=41 call=3 consult=4 request=1 mode=conference", trace.RequestRecord{ID: 1, Name: "conference", Line: "41", Call: 3, Other: 4}},
		{"linePickup line=41 number=44 request=1", trace.RequestRecord{ID: 1, Name: "pickup", Line: "41", Number: "44"}},
		{"lineRedirect line=41 call=3 number=44 request=1", trace.RequestRecord{ID: 1, Name: "redirect", Line: "41", Call: 3, Number: "44"}},
	} {
		s, err := Parse("tspi at=10:00:00.000 " + c.step + "\n----\n")
		require.NoError(t, err)
		rs := s.Records(talkingDialect{}, cleanNumber)
		require.Len(t, rs, 1)
		require.Equal(t, c.want, *rs[0].Request)
		require.Equal(t, "tspi at=10:00:00.000 "+c.step+"\n", StepText(talkingDialect{}, cleanNumber, &rs[0]), "and back")
	}
	for _, q := range []trace.RequestRecord{
		{ID: 1, Name: "dial", Line: "41", Number: "07 11"}, {ID: 1, Name: "dial", Line: "41", Number: "0711?"}, {ID: 1, Name: "dial", Line: "41"},
		{ID: 1, Name: "seize", Line: "41", Number: "1"}, {Name: "nonsense word", Line: "4 1"}, {},
	} { // a request that no function can have made is written as a request step
		text := StepText(talkingDialect{}, cleanNumber, &trace.Record{Kind: trace.Request, Request: &q})
		require.True(t, strings.HasPrefix(text, "request at="), text)
		s, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, q, *s.Records(talkingDialect{}, cleanNumber)[0].Request)
	}
}

func TestDifference(t *testing.T) {
	require.Empty(t, Difference([]string{"a", "b"}, []string{"a", "b"}))
	require.Equal(t, "    a\n  - b\n  + x\n    c\n", Difference([]string{"a", "b", "c"}, []string{"a", "x", "c"}))
	require.Equal(t, "  + a\n", Difference(nil, []string{"a"}))
	far := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}
	require.Equal(t, "  - 0\n    1\n    2\n    3\n    …\n    7\n    8\n    9\n  + 10\n", Difference(append([]string{"0"}, far...), append(append([]string{}, far...), "10")))
	long := make([]string, diffLimit+1)
	require.Equal(t, diffLimit+1, strings.Count(Difference(long, []string{"x"}), "  - \n"))
}

func TestScenarioErrors(t *testing.T) {
	for text, want := range map[string]string{
		"recv at=10:00:00.000\n":                            "line 1: below recv there is no stanza",
		"recv at=10:00:00.000\n<a>\n\nrecv at=10:00:01.000": "line 1: below recv",
		"\n# x\nrecv at=10:00:00.000\n<a/>trailing\n":       `line 3: after the stanza there is "trailing"`,
		"recv\n<a/>\n":                                       "at=TIME is missing",
		"recv at=never\n<a/>\n":                              "never",
		"recv at=10:00:00.000 code=x\n<a/>\n":                `recv takes no "code"`,
		"fly at=10:00:00.000\n":                              `unknown verb "fly"`,
		"tick 10:00:00.000 x\n":                              "at=TIME is missing",
		"calls now\n":                                        "calls takes nothing",
		"start at=10:00:00.000\nno json\n":                   "JSON on one line",
		"tick 10:00:00.000\n\nconfig user=x\n":               "line 3: config stands before",
		"config user=x\n----\n\nconfig user=y\n":             "line 4: config stands before",
		"config user=\"x\n":                                  "quotes",
		"tspi at=10:00:00.000 lineFly line=41 request=1\n":   "unknown TSPI function",
		"tspi at=10:00:00.000 lineHold line=41 call=1\n":     "without request=",
		"tspi at=10:00:00.000 lineHold line=41 call=x\n":     "call=x is not a number",
		"tspi at=10:00:00.000 lineHold lineDrop request=1\n": "only key=value may follow",
		"tspi at=10:00:00.000 lineHold color=red\n":          `unknown key "color"`,
	} {
		_, err := Parse(text)
		require.ErrorIs(t, err, ErrInvalid, text)
		require.ErrorContains(t, err, want, text)
	}
}

// TestPrintedStepsReadBack: a record of every kind is the same after it is written as a step and read again.
func TestPrintedStepsReadBack(t *testing.T) {
	for _, r := range allKinds(t) {
		text := StepText(talkingDialect{}, cleanNumber, &r)
		s, err := Parse(text + Separator + "\n")
		require.NoError(t, err, text)
		got := s.Records(talkingDialect{}, cleanNumber)
		require.Len(t, got, 1, text)
		if len(r.Start) > 0 {
			require.JSONEq(t, string(r.Start), string(got[0].Start), text)
			got[0].Start = r.Start
		}
		require.Equal(t, r, got[0], text)
	}
}

// TestAScenarioIsNoLog: after a step of any verb, package source does not take a file for a debug log.
func TestAScenarioIsNoLog(t *testing.T) {
	verbs := []Verb{VerbConfig, VerbRecv, VerbTSPI, VerbRequest, VerbDrop, VerbResume, VerbTick, VerbSkip, VerbGap, VerbStart, VerbCalls}
	for v := range verbKinds {
		require.Contains(t, verbs, v)
	}
	name := filepath.Join(t.TempDir(), "x.txt")
	for _, v := range append(verbs, Separator) {
		step := string(v)
		switch v {
		case VerbConfig:
			step += " line=41"
		case VerbCalls, Separator:
		default:
			step += " at=10:00:00.000"
		}
		require.NoError(t, os.WriteFile(name, []byte(step+"\nreceived <iq/>\n"), 0o600))
		require.False(t, source.LooksLikeLog(name), step)
		require.NoError(t, os.WriteFile(name, []byte("received <iq/>\n"+step+"\n"), 0o600))
		require.True(t, source.LooksLikeLog(name), step)
	}
}

// allKinds returns a record of every kind that a scenario can express.
func allKinds(t *testing.T) []trace.Record {
	t.Helper()
	core := engine.NewCore(engine.Settings{Learn: true}, talkingDialect{})
	fresh := core.StartRecord(1773046680250, false)
	core.Step(fresh)
	core.Step(trace.Record{Kind: trace.In, At: 1773046680300, Raw: "<message/>"})
	middle := core.StartRecord(1773046680400, true)
	require.Contains(t, string(middle.Start), `"7  8"`)
	return []trace.Record{
		fresh, middle,
		{Kind: trace.In, At: 1773046680500, Raw: "<message k=\"hold\" ch=\"c1\"\n\n/>"},
		{Kind: trace.In, At: 36_000_000, Raw: "broken \"<\n"}, {Kind: trace.In, At: 3, Raw: "<a/>\r"},
		{Kind: trace.Skipped, At: 4, Code: "oversize", Text: "longer than 5 bytes", Raw: "<mess\x01"},
		{Kind: trace.Down, At: 5, Code: "reset", Text: "by \"peer\""}, {Kind: trace.Up, At: 6, JID: "a@b/c d", Domain: "b"},
		{Kind: trace.Gap, At: 7, Code: "journal", Text: "9 s"}, {Kind: trace.Timer, At: 8},
		{Kind: trace.Request, At: 9, Request: &trace.RequestRecord{ID: 3, Name: "hold", Line: "a", Call: 1}},
	}
}

// talkingDialect reads every stanza as one established call.
type talkingDialect struct{ engine.Dialect }

func (talkingDialect) Name() string { return "plain" }

func (talkingDialect) Decode(_ string, _ engine.Origin, o *engine.Observation) {
	o.Kind, o.Channel, o.User = engine.ObsChannel, engine.ChannelTalking, "a"
	o.Facts.Channel, o.Facts.Source.Number, o.Facts.Target.Number = "c1", "7  8", "41"
}

func (talkingDialect) Login(string, engine.LoginSettings) []engine.Command { return nil }

func (talkingDialect) Traits() engine.Traits { return engine.Traits{Offers: ^engine.Actions(0)} }

// cleanNumber removes blanks from a number and refuses a question mark.
func cleanNumber(n string) (string, string) {
	if strings.Contains(n, "?") {
		return "", "DIALPROMPT"
	}
	return strings.ReplaceAll(n, " ", ""), ""
}
