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

// TestStory compares the messages that the host gets in the scenario story with a replay of the daemon's trace, message by message over all
// lines: with the native daemon behind TCP, and with the daemon's Windows build behind its named pipe. The comparison is made behind the
// host filter (decision A4), with the lines open that the host has open.
func TestStory(t *testing.T) {
	t.Parallel()
	b := sharedPrefix(t)
	runMake(t, "../../adapters/tapi/tsp", "../tapihost")
	t.Run("native daemon, TCP", func(t *testing.T) {
		t.Parallel()
		h := openTestbed(t, pbx.DefaultOffice())
		trace := filepath.Join(h.dir, "trace.ndjson")
		h.trace = trace
		require.NoError(t, h.start())
		require.NoError(t, h.waitLines(6))
		received := b.forTest(t).playStory(h)
		h.stop()
		requireSameStory(t, trace, received)
	})
	t.Run("the daemon for Windows, pipe", func(t *testing.T) {
		t.Parallel()
		trace := filepath.Join(t.TempDir(), "trace.ndjson")
		own, h := pipeTestbed(t, "--trace", winePath(trace), "--tapi-ringback", "evidence")
		requireSameStory(t, trace, own.playStory(h))
	})
}

// requireSameStory compares the messages. The end of a trace may take a second to reach the file.
func requireSameStory(t *testing.T, trace string, received []string) {
	t.Helper()
	var expected []string
	_ = waitUntil(5*time.Second, func() bool {
		expected = replayMessages(t, trace)
		at := slices.Index(expected, received[0])
		expected = expected[max(at, 0):]
		return len(expected) >= len(received)
	})
	require.Equal(t, received, expected[:min(len(expected), len(received))])
	require.Greater(t, len(received), 150)
}

// pipeTestbed is a testbed with the daemon's Windows build, behind the pipe's usual name in a prefix of its own.
func pipeTestbed(t *testing.T, more ...string) (*winePrefix, *testbed) {
	b := newPrefix(t)
	h := openTestbed(t, pbx.DefaultOffice())
	h.providerAddr = ""
	daemon := b.startWindowsDaemon(h.office, `\\.\pipe\offhook`, more...)
	daemon.waitUntil("a session", func() bool { return strings.Contains(daemon.text(), "session up") })
	daemon.waitUntil("six lines in the line table", func() bool { return tableLines(filepath.Join(b.prefix, "drive_c", "offhook", "lines.tbl")) == 6 })
	return b, h
}

// playStory runs the scenario story in tapihost and gives the messages it got.
func (b *winePrefix) playStory(h *testbed) []string {
	b.t.Helper()
	file := filepath.Join(b.dir, "messages.txt")
	report, text := b.runTapihost(h, "--scenario", "story", "--messages", winePath(file))
	requireNoFailure(b.t, report, text)
	content, err := os.ReadFile(file)
	require.NoError(b.t, err)
	_, all, began := strings.Cut(strings.ReplaceAll(string(content), "\r", ""), "mark\n")
	all, _, ended := strings.Cut(all, "mark\n")
	require.True(b.t, began && ended, "the story did not come to its end:\n%s", content)
	all = strings.ReplaceAll(all, "completion lineDial ", "completion lineMakeCall ") // they are one request of the engine
	return strings.Split(strings.TrimSpace(all), "\n")
}

// requestNames are tapihost's names of the engine's requests.
var requestNames = map[events.RequestKind]string{
	events.Dial: "lineMakeCall", events.Seize: "lineMakeCall", events.Answer: "lineAnswer", events.Drop: "lineDrop", events.Hold: "lineHold",
	events.Unhold: "lineUnhold", events.BlindTransfer: "lineBlindTransfer", events.SetupTransfer: "lineSetupTransfer",
	events.CompleteTransfer: "lineCompleteTransfer", events.PickupCall: "linePickup",
}

// replayMessages gives what a replay of a trace sends to a host that has every line open.
func replayMessages(t *testing.T, trace string) (all []string) {
	filter := projection.NewHostFilter()
	open := map[string]bool{}
	_, err := replay.Run(t.Context(), io.Discard, replay.Options{Open: wiring.Open(func(n projection.TAPIMessage) {
		if !open[n.Line] {
			open[n.Line] = true
			filter.Open(n.Line, spec.Version31)
		}
		if n.Message == projection.MessageAsyncCompletion {
			filter.ExpectCompletion(n.Request, true)
		}
		filter.Filter(n, func(n projection.TAPIMessage) { all = append(all, messageText(n)) })
	})}, trace)
	require.NoError(t, err)
	return all
}

// messageText gives a message in the form of tapihost --messages.
func messageText(n projection.TAPIMessage) string {
	if n.Message == projection.MessageAsyncCompletion {
		return fmt.Sprintf("%s completion %s 0x%x", n.Address, requestNames[n.Kind], uint32(n.Result))
	}
	call := uint32(0)
	if n.NamesCall() || n.Message == spec.MessageNewCall {
		call = n.Call
	}
	p1, p2, _ := n.Params()
	return fmt.Sprintf("%s %d %d 0x%x 0x%x", n.Address, uint32(n.Message), call, p1, p2)
}
