package winetest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/events"
	"offhook/internal/pbx"
	"offhook/internal/wiring"
	"offhook/replay"
)

// TestStory: what TAPI hears of a morning is what a replay of the daemon's trace says, message by message over all lines: with the
// native daemon behind TCP, and with the daemon's Windows build behind its named pipe. Comparisons are made behind the host
// filter (decision A4), with the lines open that the host has open.
func TestStory(t *testing.T) {
	t.Parallel()
	b := commonBottle(t)
	made(t, "../../adapters/tapi/tsp", "../tapihost")
	t.Run("native daemon, TCP", func(t *testing.T) {
		t.Parallel()
		h := openHouse(t, pbx.DefaultOffice())
		trace := filepath.Join(h.dir, "trace.ndjson")
		h.trace = trace
		require.NoError(t, h.start())
		require.NoError(t, h.lines(6))
		heard := b.of(t).story(h)
		h.end()
		sameStory(t, trace, heard)
	})
	t.Run("the daemon for Windows, pipe", func(t *testing.T) {
		t.Parallel()
		trace := filepath.Join(t.TempDir(), "trace.ndjson")
		own, h := pipeHouse(t, "--trace", windows(trace), "--tapi-ringback", "evidence")
		sameStory(t, trace, own.story(h))
	})
}

// sameStory compares; the end of a trace may take a second to reach the file.
func sameStory(t *testing.T, trace string, heard []string) {
	t.Helper()
	var meant []string
	_ = until(5*time.Second, func() bool {
		meant = replayed(t, trace)
		at := slices.Index(meant, heard[0])
		meant = meant[max(at, 0):]
		return len(meant) >= len(heard)
	})
	require.Equal(t, heard, meant[:min(len(meant), len(heard))])
	require.Greater(t, len(heard), 150)
}

// pipeHouse is a house whose daemon is the Windows build, behind the pipe's usual name in a prefix of its own.
func pipeHouse(t *testing.T, more ...string) (*bottle, *house) {
	b := newBottle(t)
	h := openHouse(t, pbx.DefaultOffice())
	h.front = ""
	daemon := b.daemonForWindows(h.office, `\\.\pipe\offhook`, more...)
	daemon.until("a session", func() bool { return strings.Contains(daemon.text(), "session up") })
	daemon.until("six lines in the line table", func() bool { return linesIn(filepath.Join(b.prefix, "drive_c", "offhook", "lines.tbl")) == 6 })
	return b, h
}

// story has tapihost play it, and gives what it heard.
func (b *bottle) story(h *house) []string {
	b.t.Helper()
	file := filepath.Join(b.dir, "messages.txt")
	report, text := b.host(h, "--scenario", "story", "--messages", windows(file))
	none(b.t, report, text)
	content, err := os.ReadFile(file)
	require.NoError(b.t, err)
	_, all, began := strings.Cut(strings.ReplaceAll(string(content), "\r", ""), "mark\n")
	all, _, ended := strings.Cut(all, "mark\n")
	require.True(b.t, began && ended, "the story did not come to its end:\n%s", content)
	all = strings.ReplaceAll(all, "completion lineDial ", "completion lineMakeCall ") // one request of the PBX
	return strings.Split(strings.TrimSpace(all), "\n")
}

// requestNames are the functions of tapihost's requests as the engine calls them.
var requestNames = map[events.RequestKind]string{
	events.Dial: "lineMakeCall", events.Seize: "lineMakeCall", events.Answer: "lineAnswer", events.Drop: "lineDrop", events.Hold: "lineHold",
	events.Unhold: "lineUnhold", events.BlindTransfer: "lineBlindTransfer", events.SetupTransfer: "lineSetupTransfer",
	events.CompleteTransfer: "lineCompleteTransfer", events.PickupCall: "linePickup",
}

// replayed is what a replay of a trace says to a host that has every line open, from the first word about a call.
func replayed(t *testing.T, trace string) (all []string) {
	filter := projection.NewHostFilter()
	open := map[string]bool{}
	_, err := replay.Run(t.Context(), io.Discard, replay.Options{Open: wiring.Open(func(n projection.Notice) {
		if !open[n.Line] {
			open[n.Line] = true
			filter.Open(n.Line, spec.Version31)
		}
		if n.Message == projection.MessageAsyncCompletion {
			filter.Asked(n.Request, true)
		}
		filter.Take(n, func(n projection.Notice) { all = append(all, heardAs(n)) })
	})}, trace)
	require.NoError(t, err)
	return all
}

// heardAs is a message in the words of tapihost --messages.
func heardAs(n projection.Notice) string {
	if n.Message == projection.MessageAsyncCompletion {
		return fmt.Sprintf("%s completion %s 0x%x", n.Address, requestNames[n.Kind], uint32(n.Result))
	}
	call := uint32(0)
	if n.About() || n.Message == spec.MessageNewCall {
		call = n.Call
	}
	p1, p2, _ := n.Params()
	return fmt.Sprintf("%s %d %d 0x%x 0x%x", n.Address, uint32(n.Message), call, p1, p2)
}
