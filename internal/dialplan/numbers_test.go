package dialplan

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Rule R-41, decision B16, decision TAPI-b.3.
func TestCleanDialable(t *testing.T) {
	for _, c := range []struct {
		in, want string
		err      error
	}{
		{"41", "41", nil},
		{"T 030/12 34-5(0)6", "0301234506", nil},
		{"0044 (0) 29691 0", "0044296910", nil},
		{"+49 (0) 30 1234-0", "+493012340", nil},
		{"+49 ( 0 ) 30", "+4930", nil},
		{"(+49) 30.12", "+493012", nil},
		{"(0)30 1234", "0301234", nil},
		{"030 (0) 12", "030012", nil},
		{"+49 30 1234 (0)", "+493012340", nil},
		{"+49 (0)(0) 1", "+4901", nil},
		{"00 (0) 49", "00049", nil},
		{"+49 (00) 1", "+49001", nil},
		{"+49 (0 30", "+49030", nil},
		{"P0301", "0301", nil},
		{"t0301", "0301", nil},
		{"*100#", "*100#", nil},
		{"12aBcD", "12ABCD", nil},
		{"0,0301", "00301", nil},
		{"0301;", "0301", nil},
		{"0301|99", "0301", nil},
		{"0301^Jane W", "0301", nil},
		{"0301\r\n0302", "0301", nil},
		{"\u202a030\u00a012\u20113\u202c", "030123", nil},
		{"W123", "", ErrWaitForDialTone},
		{"w123", "", ErrWaitForDialTone},
		{"1@2", "", ErrWaitForQuiet},
		{"1$2", "", ErrBillingTone},
		{"1?2", "", ErrPrompt},
		{"1$2W@?", "", ErrBillingTone},
		{"1@2x", "", ErrWaitForQuiet},
		{"1x@2", "", ErrNumber},
		{"1!2", "", ErrNumber},
		{"0+49", "", ErrNumber},
		{"sip:jane", "", ErrNumber},
		{"٣٤", "", ErrNumber},
		{"1\x002", "", ErrNumber},
		{"\xff1", "", ErrNumber},
		{"", "", ErrNumber},
		{"+", "", ErrNumber},
		{"T ()", "", ErrNumber},
		{"|12", "", ErrNumber},
		{strings.Repeat("1", MaxDialable), strings.Repeat("1", MaxDialable), nil},
		{strings.Repeat("1", MaxDialable+1), "", ErrNumber},
		{"1" + strings.Repeat(" ", MaxDialableInput), "", ErrNumber},
	} {
		got, err := Clean(c.in)
		require.Equal(t, c.err, err, "%q", c.in)
		require.Equal(t, c.want, got, "%q", c.in)
	}
}

func FuzzCleanDialable(f *testing.F) {
	for _, s := range []string{"T 030/12 34-5(0)6", "+49 (0) 30", "W1", "0044 (0) 29691 0"} {
		f.Add(s)
	}
	plain := regexp.MustCompile(`^\+?[0-9*#A-D]{1,80}$`)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Clean(s)
		if err != nil {
			require.Empty(t, got)
			return
		}
		require.Regexp(t, plain, got)
		again, err := Clean(got)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

func TestPresent(t *testing.T) {
	for _, c := range []struct{ in, plus, national string }{
		{"0049301234", "+49301234", "0301234"},
		{"+49301234", "+49301234", "0301234"},
		{"0301234", "+49301234", "0301234"},
		{"0033123", "+33123", "0033123"},
		{"+33123", "+33123", "0033123"},
		{"41", "41", "41"},
		{"*100", "*100", "*100"},
		{"0049*1", "0049*1", "0049*1"},
		{"", "", ""}, {"0", "0", "0"}, {"00", "00", "00"}, {"+", "+", "+"},
		{"anonymous", "anonymous", "anonymous"},
	} {
		plan := Plan{Country: "49"}
		require.NoError(t, plan.Check())
		require.Equal(t, c.in, plan.Present(c.in), "pbx")
		plan.Mode = PresentPlus
		require.Equal(t, c.plus, plan.Present(c.in), "plus %q", c.in)
		plan.Mode = PresentNational
		require.Equal(t, c.national, plan.Present(c.in), "national %q", c.in)
	}
	italy := Plan{Mode: PresentNational, Country: "39", Trunk: "-"}
	require.NoError(t, italy.Check())
	require.Equal(t, "06123", italy.Present("003906123"))
	require.Equal(t, "0039", (&Plan{}).Present("0039"), "the zero plan changes nothing")
	us := Plan{Mode: PresentPlus, Country: "1", International: "011", Trunk: "1"}
	require.Equal(t, "+4930", us.Present("0114930"))
	require.Equal(t, "+12125550100", us.Present("12125550100"))
}

func TestPlanDial(t *testing.T) {
	plan := Plan{AreaCode: "030", ExtensionDigits: 3}
	require.NoError(t, plan.Check())
	for in, want := range map[string]string{
		"123": "123", "1234": "0301234", "0891234": "0891234", "0033123": "0033123", "+49301": "+49301", "*1000": "*1000", "12345#": "12345#",
	} {
		require.Equal(t, want, plan.Dial(in))
	}
	plan.AreaCode = ""
	require.Equal(t, "1234", plan.Dial("1234"))
}

func TestPlanCheck(t *testing.T) {
	for name, bad := range map[string]Plan{
		"no country":   {Mode: PresentPlus},
		"long country": {Country: "1234"},
		"plus country": {Country: "+49"},
		"prefix":       {International: "+"},
		"trunk":        {Trunk: "x"},
		"area":         {AreaCode: "30 "},
		"extension":    {ExtensionDigits: -1},
		"mode":         {Mode: 9},
	} {
		require.ErrorIs(t, bad.Check(), ErrPlan, name)
	}
	for m := range presentNames {
		back, err := ParsePresentMode(PresentMode(m).String())
		require.NoError(t, err)
		require.EqualValues(t, m, back)
	}
	_, err := ParsePresentMode("e164")
	require.ErrorIs(t, err, ErrPlan)
}

func rule(t *testing.T, pattern, replacement string, last bool) Rule {
	t.Helper()
	r, err := NewRule(pattern, replacement, last)
	require.NoError(t, err)
	return r
}

func TestRules(t *testing.T) {
	rules := Rules{
		rule(t, `^0(00.*)$`, "$1", false), // outside-line digit
		rule(t, `^00`, "+", true),
		rule(t, `^\+`, "never", false),
		rule(t, `^(\d\d)$`, "7${1}", false),
	}
	require.Equal(t, "+4930", rules.Apply("0004930"))
	require.Equal(t, "+4930", rules.Apply("004930"))
	require.Equal(t, "741", rules.Apply("41"))
	require.Equal(t, "411", rules.Apply("411"))
	require.Equal(t, "x", Rules(nil).Apply("x"))

	plan := Plan{Mode: PresentPlus, Country: "49", Inbound: Rules{rule(t, `^9`, "", true)}, Outbound: Rules{rule(t, `^\+`, "900", true)}}
	require.Equal(t, "+49301", plan.Present("90301"))
	require.Equal(t, "90033", plan.Dial("+33"))
}

func TestRulesAreBounded(t *testing.T) {
	grow := Rules{rule(t, `.`, "$0$0", false)}
	for range 10 {
		grow = append(grow, grow[0])
	}
	require.LessOrEqual(t, len(grow.Apply("12345678")), MaxRewritten)
	for _, bad := range []string{"", "(", strings.Repeat("a", MaxRulePattern+1)} {
		_, err := NewRule(bad, "", false)
		require.ErrorIs(t, err, ErrPlan)
	}
	many := make(Rules, MaxRules+1)
	for i := range many {
		many[i] = rule(t, `^no$`, "", false)
	}
	many[MaxRules] = rule(t, `.`, "x", false)
	require.Equal(t, "1", many.Apply("1"))
}

func BenchmarkCleanDialable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Clean("T 030/12 34-5(0)6"); err != nil {
			b.Fatal(err)
		}
	}
}
