package events_test

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

var rewrite = flag.Bool("rewrite", false, "write golden files that are missing; existing ones never change")

// requireSame requires that two events are equal in every field, not only in their binary form.
func requireSame(t *testing.T, want, got events.Event) {
	t.Helper()
	require.Equal(t, want.Seq(), got.Seq())
	require.Equal(t, want.At(), got.At())
	require.Equal(t, want.Journal(), got.Journal())
	require.Equal(t, want.Source(), got.Source())
	require.Equal(t, want.Cause(), got.Cause())
	require.Equal(t, want.Body(), got.Body())
	require.Equal(t, want.AppendFields(nil), got.AppendFields(nil))
}

func TestRoundTripOfEveryType(t *testing.T) {
	for _, typ := range events.Types() {
		want := journaltest.Event(typ, "j1", 42, "<raw/>")
		b := want.AppendBinary([]byte("before"))[len("before"):]
		got, n, err := events.Decode(append(b, "behind"...), "<raw/>")
		require.NoError(t, err, typ)
		require.Equal(t, len(b), n)
		require.Equal(t, typ, got.Type())
		requireSame(t, want, got)
		got, n, err = events.DecodeBorrowed(string(b), "<raw/>")
		require.NoError(t, err)
		require.Equal(t, len(b), n)
		requireSame(t, want, got)
		require.True(t, events.SameEvents([]events.Event{want}, []events.Event{got}))
	}
}

// TestOldJournalsStayReadable: every version's form of every type, in files that never change, is still read.
func TestOldJournalsStayReadable(t *testing.T) {
	for version := 1; version <= events.CodecVersion; version++ {
		for _, typ := range events.Types() {
			want := journaltest.EventOfVersion(version, typ, "journal-1", 7, "")
			file := filepath.Join("testdata", fmt.Sprintf("v%d", version), strings.TrimSuffix(typ.String(), ".v1")+".hex")
			stored, err := os.ReadFile(file)
			if os.IsNotExist(err) && *rewrite && version == events.CodecVersion {
				stored = []byte(hex.EncodeToString(want.AppendBinary(nil)) + "\n")
				require.NoError(t, os.WriteFile(file, stored, 0o644))
				err = nil
			}
			if os.IsNotExist(err) && version < events.CodecVersion {
				continue // the type is younger than that version
			}
			require.NoError(t, err)
			b, err := hex.DecodeString(strings.TrimSpace(string(stored)))
			require.NoError(t, err)
			require.EqualValues(t, version, b[0], file)
			got, n, err := events.Decode(b, "")
			require.NoError(t, err, typ)
			require.Equal(t, len(b), n)
			requireSame(t, want, got)
		}
	}
}

func TestTruncatedEventsAreRefused(t *testing.T) {
	for _, typ := range events.Types() {
		b := journaltest.Event(typ, "j", 1, "").AppendBinary(nil)
		for cut := range b {
			_, _, err := events.Decode(b[:cut], "")
			require.ErrorIs(t, err, events.ErrCorrupt, "%s cut at %d of %d", typ, cut, len(b))
		}
	}
}

func TestUnreadable(t *testing.T) {
	long := strings.Repeat("\xff", 12)
	for name, b := range map[string]string{
		"nothing":             "",
		"version 0":           "\x00\x01",
		"a newer version":     "\x02\x01",
		"a type never given":  "\x01\x12",
		"a type out of range": "\x01\xff",
		"a number too long":   "\x01\x06" + long,
		"text beyond the end": "\x01\x06\x01\x02\x7fabc",
		"huge text":           "\x01\x06\x01\x02\xff\xff\xff\xff\x0f",
		"a phone state":       "\x01\x22\x01\x00\x00\x00\x00\x00\x09",
		"a request kind":      "\x01\x40\x01\x00\x00\x00\x00\x01\x63\x00\x00\x00\x00\x00",
		"a truth value":       "\x01\x40\x01\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x02",
		"a 33 bit number":     "\x01\x40\x01\x00\x00\x00\x00\xff\xff\xff\xff\x7f\x01\x00\x00\x00\x00\x00",
		"a count of devices":  "\x01\x20\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f",
	} {
		_, _, err := events.DecodeBorrowed(b, "")
		require.ErrorIs(t, err, events.ErrCorrupt, name)
	}
}

// FuzzDecode: no bytes make Decode panic, and an event that it reads is the same after it is written and read again.
func FuzzDecode(f *testing.F) {
	for _, typ := range events.Types() {
		f.Add(journaltest.Event(typ, "j", 3, "").AppendBinary(nil))
	}
	f.Add([]byte{1, 32, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, n, err := events.Decode(b, "raw")
		if err != nil {
			require.ErrorIs(t, err, events.ErrCorrupt)
			return
		}
		require.LessOrEqual(t, n, len(b))
		once := e.AppendBinary(nil)
		again, n, err := events.Decode(once, "raw")
		require.NoError(t, err)
		require.Equal(t, len(once), n)
		requireSame(t, e, again)
		require.Equal(t, once, again.AppendBinary(nil))
	})
}

// TestFormerNoticesAreReadAsNotices: ignored inputs with the code of a notice, in older journals, are read as notices.
func TestFormerNoticesAreReadAsNotices(t *testing.T) {
	at := func(code string) events.Event {
		e := events.New(5, "j", "pbx", events.Cause{Input: 3}, events.NewIgnored("anna", "", code, "text")).Numbered(7)
		got, _, err := events.Decode(e.AppendBinary(nil), "")
		require.NoError(t, err)
		return got
	}
	for code, severity := range map[string]events.Severity{"no-role": events.SeverityCritical, "login-refused": events.SeverityCritical,
		"login-unanswered": events.SeverityWarning, "user-unknown": events.SeverityWarning, "bad-start": events.SeverityCritical} {
		got := at(code)
		require.Equal(t, events.NewNotice(events.NoticeFacts{Severity: severity, Code: code, Text: "text", Line: "anna"}), got.Body())
		require.Equal(t, "notice.raised.v1", got.Name())
		require.EqualValues(t, 7, got.Seq())
	}
	require.Equal(t, events.InputIgnored, at("no-change").Type(), "every other ignored input stays one")
}
