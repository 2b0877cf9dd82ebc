package spec

import (
	"bufio"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden reads the lines of a file in testdata, comments left out.
func golden(t testing.TB, name string) [][]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer file.Close()
	var out [][]string
	for scan := bufio.NewScanner(file); scan.Scan(); {
		if line := scan.Text(); !strings.HasPrefix(line, "#") {
			out = append(out, strings.Fields(line))
		}
	}
	require.NotEmpty(t, out)
	return out
}

// anyFamily is a family seen without its type.
type anyFamily struct {
	prefix string
	enum   bool
	values map[string]uint32
	order  []string
	text   func(uint32) string
	names  func(uint32) []string
	parse  func(string) (uint32, error)
	in     func(uint32, Version) uint32
}

func seen[T ~uint32](prefix string, f *family[T]) anyFamily {
	a := anyFamily{
		prefix: prefix, enum: f.enum, values: map[string]uint32{},
		text:  func(v uint32) string { return f.text(T(v)) },
		names: func(v uint32) []string { return f.names(T(v)) },
		parse: func(s string) (uint32, error) { v, err := f.parse(s); return uint32(v), err },
		in:    func(v uint32, ver Version) uint32 { return uint32(f.in(T(v), ver)) },
	}
	for _, w := range f.words {
		a.values[w.name] = uint32(w.value)
		a.order = append(a.order, w.name)
	}
	return a
}

var allFamilies = []anyFamily{
	seen("LINECALLSTATE", &callStateWords),
	seen("LINEDISCONNECTMODE", &disconnectModeWords),
	seen("LINEBUSYMODE", &busyModeWords),
	seen("LINEDIALTONEMODE", &dialToneModeWords),
	seen("LINECONNECTEDMODE", &connectedModeWords),
	seen("LINEOFFERINGMODE", &offeringModeWords),
	seen("LINESPECIALINFO", &specialInfoWords),
	seen("LINECALLORIGIN", &callOriginWords),
	seen("LINECALLREASON", &callReasonWords),
	seen("LINECALLINFOSTATE", &callInfoStateWords),
	seen("LINECALLPARTYID", &partyFlagWords),
	seen("LINECALLPARAMFLAGS", &callParamFlagWords),
	seen("LINECALLPRIVILEGE", &callPrivilegeWords),
	seen("LINECALLFEATURE", &callFeatureWords),
	seen("LINECALLFEATURE2", &callFeature2Words),
	seen("LINEFEATURE", &lineFeatureWords),
	seen("LINEADDRFEATURE", &addrFeatureWords),
	seen("LINEADDRCAPFLAGS", &addrCapFlagWords),
	seen("LINEDEVCAPFLAGS", &devCapFlagWords),
	seen("LINEADDRESSMODE", &addressModeWords),
	seen("LINEADDRESSSHARING", &addressSharingWords),
	seen("LINEADDRESSTYPE", &addressTypeWords),
	seen("LINEANSWERMODE", &answerModeWords),
	seen("LINETRANSFERMODE", &transferModeWords),
	seen("LINEPARKMODE", &parkModeWords),
	seen("LINEDIGITMODE", &digitModeWords),
	seen("LINEREMOVEFROMCONF", &removeFromConfWords),
	seen("LINEFORWARDMODE", &forwardModeWords),
	seen("LINEDEVSTATE", &lineDevStateWords),
	seen("LINEDEVSTATUSFLAGS", &devStatusFlagWords),
	seen("LINEADDRESSSTATE", &addressStateWords),
	seen("LINEMEDIAMODE", &mediaModeWords),
	seen("LINEBEARERMODE", &bearerModeWords),
	seen("STRINGFORMAT", &stringFormatWords),
	seen("LINECALLSELECT", &callSelectWords),
	seen("LINEGENERATETERM", &generateTermWords),
	seen("LINEGATHERTERM", &gatherTermWords),
	seen("LINEOPENOPTION", &openOptionWords),
}

func TestConstantsAreThoseOfTapiH(t *testing.T) {
	want := map[string]map[string]uint32{}
	for _, line := range golden(t, "constants.golden") {
		prefix, name, _ := strings.Cut(line[0], "_")
		value, err := strconv.ParseUint(line[1], 0, 32)
		require.NoError(t, err)
		if want[prefix] == nil {
			want[prefix] = map[string]uint32{}
		}
		want[prefix][name] = uint32(value)
	}
	errs := map[string]uint32{}
	for _, w := range lineErrNames[1:] {
		errs[w.name] = uint32(w.value)
	}
	require.Equal(t, want["LINEERR"], errs)
	require.Len(t, want, len(allFamilies)+1)
	for _, f := range allFamilies {
		require.Equal(t, want[f.prefix], f.values, f.prefix)
	}
}

func TestEveryWordIsWrittenAndReadBack(t *testing.T) {
	for _, f := range allFamilies {
		var union uint32
		for _, name := range f.order {
			v := f.values[name]
			union |= v
			require.Equal(t, name, f.text(v), f.prefix)
			require.Equal(t, []string{name}, f.names(v))
			back, err := f.parse(name)
			require.NoError(t, err)
			require.Equal(t, v, back)
		}
		if f.enum {
			continue
		}
		require.Equal(t, strings.Join(f.order, "|"), f.text(union), f.prefix)
		back, err := f.parse(f.text(union))
		require.NoError(t, err)
		require.Equal(t, union, back)
	}
}

func TestWordsTellSetsApart(t *testing.T) {
	require.Equal(t, "CONNECTED", CallStateConnected.String())
	require.Equal(t, "INUSEONE|NUMCALLS", (AddressStateNumCalls | AddressStateInUseOne).String())
	require.Equal(t, []string{"DROP", "HOLD"}, (CallFeatureHold | CallFeatureDrop).Names())
	require.Equal(t, "0", CallState(0).String())
	require.Equal(t, "IDLE|0x1000000", CallState(0x1000001).String())
	require.Equal(t, "ANY", RemoveFromConfAny.String())
	require.Equal(t, "UNICODE", StringFormatUnicode.String())
	require.Empty(t, CallFeature(0).Names())

	odd, err := ParseCallState("IDLE|0x1000000")
	require.NoError(t, err)
	require.Equal(t, CallState(0x1000001), odd)
	none, err := ParseCallFeature("0")
	require.NoError(t, err)
	require.Zero(t, none)
	for _, bad := range []string{"", "connected", "CONNECTED|", "LINECALLSTATE_IDLE", "0x", "0x100000000"} {
		_, err := ParseCallState(bad)
		require.ErrorIs(t, err, ErrUnknownName, bad)
	}
	_, err = ParseStringFormat("ASCII|DBCS")
	require.ErrorIs(t, err, ErrUnknownName)
}

func TestLineErrNames(t *testing.T) {
	require.Equal(t, "OPERATIONFAILED", LineErrOperationFailed.Name())
	require.Equal(t, "0", LineErrNone.Name())
	require.NoError(t, LineErrNone.Err())
	require.ErrorIs(t, LineErrInUse.Err(), LineErrInUse)
	require.Equal(t, "spec: LINEERR_INVALADDRESS", LineErrInvalAddress.Error())
	require.Equal(t, int64(-0x80000000+0xC), int64(LineErrIncompatibleAPIVersion))
	for _, w := range lineErrNames {
		back, err := ParseLineErr(w.name)
		require.NoError(t, err)
		require.Equal(t, w.value, back)
	}
	own := LineErr(-0x40000000)
	require.Equal(t, "0xC0000000", own.Name())
	back, err := ParseLineErr(own.Name())
	require.NoError(t, err)
	require.Equal(t, own, back)
	for _, bad := range []string{"", "1", "LINEERR_INUSE", "0x1"} {
		_, err := ParseLineErr(bad)
		require.True(t, errors.Is(err, ErrUnknownName), bad)
	}
}

func TestMessageNames(t *testing.T) {
	require.Equal(t, "NEWCALL", MessageNewCall.String())
	require.EqualValues(t, 500, MessageNewCall)
	for _, w := range messageNames {
		back, err := ParseMessage(w.value.String())
		require.NoError(t, err)
		require.Equal(t, w.value, back)
	}
	odd, err := ParseMessage(Message(77).String())
	require.NoError(t, err)
	require.Equal(t, Message(77), odd)
	_, err = ParseMessage("LINE_CLOSE")
	require.ErrorIs(t, err, ErrUnknownName)
}
