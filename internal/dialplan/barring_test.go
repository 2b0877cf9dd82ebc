package dialplan

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func barring(t testing.TB, limit int, plan Plan, patterns ...string) (*Barring, *bytes.Buffer) {
	var log bytes.Buffer
	b, err := NewBarring(patterns, limit, plan, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	return b, &log
}

func TestBarringCompares(t *testing.T) {
	german := Plan{Country: "49"}
	for _, x := range []struct {
		pattern string
		plan    Plan
		barred  string
		allowed string
	}{
		{"0900*", german, "0900 09001234 +49900123 0049900123 +490900123 (0900)1", "090 0711900 900123 00900 +43900123"},
		{"0900*", Plan{}, "0900123", "+49900123"},
		{"+882*", german, "+882123 00882123 +882", "+4988212 088212 882"},
		{"00882*", german, "+882123 00882123", "0882123"},
		{"+49900*", german, "+49900123 0049900123 0900123", "0711 900123 +43900123"},
		{"00*", german, "0043123 +43123 0049711", "0711123456 +4971112 41 *00"},
		{"+*", german, "+43123 +49711123 0043123", "0711123456 41"},
		{"41", german, "41", "4 411 041"},
		{"4?", german, "41 4* 49", "4 411"},
		{"**", german, "*100 *", "100 1*"},
		{"*", german, "1 *1 +1 #", ""},
		{"0 (190) 1*", german, "019012", "01902"},
		{"011*", Plan{Country: "1", International: "011", Trunk: "1"}, "01144123 +44123", "12125551212 +12125551212"},
		{"1900*", Plan{Country: "1", International: "011", Trunk: "1"}, "19001234567 +19001234567 0111900", "12125551212"},
		{"900*", Plan{Country: "34", Trunk: "-"}, "900123 +34900123 0034900123", "600123 +3460012"},
	} {
		b, _ := barring(t, 0, x.plan, x.pattern)
		for _, text := range strings.Fields(x.barred) {
			number, err := Clean(text)
			require.NoError(t, err)
			require.Equal(t, ErrBarred, b.Check("l", number, x.plan.Dial(number), true), "%s bars %s", x.pattern, text)
		}
		for _, text := range strings.Fields(x.allowed) {
			require.NoError(t, b.Check("l", text, x.plan.Dial(text), true), "%s allows %s", x.pattern, text)
		}
	}
}

// TestBarringSeesWhatIsSent has numbers that become barred ones on their way to the PBX.
func TestBarringSeesWhatIsSent(t *testing.T) {
	rule, err := NewRule("^7(.*)$", "0900$1", true)
	require.NoError(t, err)
	plan := Plan{AreaCode: "0711", ExtensionDigits: 2, Outbound: Rules{rule}}
	b, _ := barring(t, 0, plan, "0900*", "0711555*")
	for _, number := range []string{"71", "555123"} {
		require.Equal(t, ErrBarred, b.Check("l", number, plan.Dial(number), true), number)
	}
	require.NoError(t, b.Check("l", "55", plan.Dial("55"), true))
}

// TestEmergencyCallsGoThrough whatever the patterns and the limit are, unless a pattern is the number itself.
func TestEmergencyCallsGoThrough(t *testing.T) {
	plan := Plan{Country: "49", AreaCode: "0711"}
	b, log := barring(t, 1, plan, "*", "1*", "11?", "0*", "00*", "110")
	dial := func(number string) error { return b.Check("l", number, plan.Dial(number), true) }
	for range 5 {
		for _, number := range []string{"112", "0112", "911", "999", "000"} {
			require.NoError(t, dial(number), number)
		}
	}
	require.Empty(t, log.String())
	require.Equal(t, ErrBarred, dial("110"), "barred on purpose")
	require.NoError(t, dial("0110"), "another spelling of it is not")
	for _, number := range []string{"113", "1120", "00112", "+112", "1121"} {
		require.Equal(t, ErrBarred, dial(number), number)
	}
	own := Plan{Emergency: []string{"144"}}
	b, _ = barring(t, 0, own, "1*")
	require.NoError(t, b.Check("l", "144", "144", true))
	require.Equal(t, ErrBarred, b.Check("l", "112", "112", true))

	require.Equal(t, "112", plan.Dial("112"), "no area code")
	require.Equal(t, "0711113", plan.Dial("113"))
	for _, bad := range []string{"", "1x", "0900123", "+112"} {
		p := Plan{Emergency: []string{bad}}
		require.ErrorIs(t, p.Check(), ErrPlan, bad)
	}
}

func TestBarringRefusesSettings(t *testing.T) {
	for _, pattern := range []string{"", " ", "x", "09e0", "0900+", "0711 555?!", strings.Repeat("1", 81), "é*"} {
		_, err := NewBarring([]string{pattern}, 0, Plan{}, nil)
		require.ErrorIs(t, err, ErrBarring, pattern)
	}
	_, err := NewBarring(nil, -1, Plan{}, nil)
	require.ErrorIs(t, err, ErrBarring)
	_, err = NewBarring(make([]string, MaxDeny+1), 0, Plan{}, nil)
	require.ErrorIs(t, err, ErrBarring)
	b, err := NewBarring(nil, 0, Plan{}, nil)
	require.NoError(t, err)
	require.Nil(t, b)
	require.NoError(t, b.Check("l", "0900", "0900", true))
}

func TestBarringCountsAMinute(t *testing.T) {
	b, log := barring(t, 3, Plan{}, "0900*")
	at := time.Unix(0, 0)
	b.now = func() time.Time { return at }
	dial := func(line, number string) error { return b.Check(line, number, number, true) }
	for range 3 {
		require.Equal(t, ErrBarred, dial("ida", "0900"), "what is barred does not count")
		require.NoError(t, dial("ida", "1"))
		at = at.Add(10 * time.Second)
	}
	require.Equal(t, ErrTooOften, dial("ida", "1"))
	require.NoError(t, b.Check("ida", "1", "1", false), "a pickup is free")
	require.NoError(t, dial("ben", "1"), "another line has its own")
	at = time.Unix(59, 0)
	require.Equal(t, ErrTooOften, dial("ida", "1"))
	at = time.Unix(60, 0)
	require.NoError(t, dial("ida", "1"))
	require.Equal(t, ErrTooOften, dial("ida", "1"))
	require.NoError(t, dial("ben", "1"))
	require.Contains(t, log.String(), `msg="dialplan: a program may not dial this" line=ida rule="3 a minute" times=1`)
	require.Contains(t, log.String(), `line=ida rule=0900* times=1`)
}

func TestBarringLogsWithoutRepeating(t *testing.T) {
	b, log := barring(t, 0, Plan{}, "0900*")
	at := time.Unix(0, 0)
	b.now = func() time.Time { return at }
	for range 100 {
		b.Check("ida", "0900", "0900", true)
	}
	require.Equal(t, 1, strings.Count(log.String(), "\n"))
	at = at.Add(repeatPause)
	b.Check("ida", "0900", "0900", true)
	require.Contains(t, log.String(), "times=100")
	for i := range 3 * MaxDeny {
		b.Check(fmt.Sprint("line", i), "0900", "0900", true)
	}
	require.LessOrEqual(t, len(b.repetitions), MaxDeny)
}

func FuzzBarring(f *testing.F) {
	f.Add("0900*", "+49900123")
	f.Add("**", "*1")
	f.Add("?", "1")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		b, err := NewBarring([]string{pattern}, 0, Plan{Country: "49", AreaCode: "0711", ExtensionDigits: 3}, slog.New(slog.DiscardHandler))
		if err != nil {
			require.ErrorIs(t, err, ErrBarring)
			return
		}
		number, fault := Clean(text)
		if fault != nil {
			return
		}
		got := b.Check("l", number, b.plan.Dial(number), true)
		if b.deny[0].matches(number) && !b.plan.isEmergency(number) {
			require.Equal(t, ErrBarred, got, "what matches as it stands is barred")
		}
	})
}
