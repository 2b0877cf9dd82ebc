package engine

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/internal/trace"
)

var rewrite = flag.Bool("rewrite", false, "write stored files that are missing; existing ones never change")

const storedImage = "testdata/image-1.json"

// TestStoredImage restores an engine image that an earlier program stored. It was taken in the middle of everything that
// an image keeps: a hold key in flight, a command without a reply, a remembered drop, a ring held back, a seized number.
func TestStoredImage(t *testing.T) {
	if _, err := os.Stat(storedImage); os.IsNotExist(err) && *rewrite {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(storedImage, append(busyDesk(t).core.Image().Bytes(), '\n'), 0o644))
	}
	b, err := os.ReadFile(storedImage)
	require.NoError(t, err)
	m := ReadImage(b)
	require.NotNil(t, m, "the image is refused")
	d := newDesk(t)
	d.core = NewCore(d.core.Settings(), plain{})
	d.core.Restore(m)
	d.at, d.req = int64(m.Now), 20
	require.JSONEq(t, string(b), string(d.core.Image().Bytes()))

	require.Equal(t, []string{"ended 21 invalid-state"}, d.ask(events.Hold, 1, ""), "the key is in flight")
	require.Equal(t, []string{"ended 1 ok"}, d.in("ok id=oh-1"))
	require.Equal(t, []string{"41/1 connected -> held"}, d.in("hold user=ida ch=A dev=D from=0711 to=41"))
	require.Equal(t, []string{"ignored after-idle"}, d.in("hangup user=ida ch=Z"), "ended branches are remembered")
	require.Equal(t, []string{"41/4 dialing -> proceeding", "send hangup id=oh-5 ch=B"},
		d.in("ringing user=ida ch=B dev=E from=41 to=0722 out"), "the remembered drop")
	require.Equal(t, []string{"send hold id=oh-6 dev=D"}, d.ask(events.Unhold, 1, ""), "the ids go on")
	require.Equal(t, []string{"ended 6 ok", "41/6 null -> dialing", "41/6 dialing -> proceeding"},
		d.in("ringing user=ida ch=H dev=E from=41 to=0744 out"), "the held-back ring, and the Dial without a reply")
	require.Equal(t, []string{"ended 22 ok", "41/1 held -> connected"}, d.in("unhold user=ida ch=A dev=D from=0711 to=41"))
	require.Equal(t, []string{"41/2 connected -> idle dropped"}, d.wait(10)[:1], "the guard of the drop")
}

// busyDesk is a desk in the middle of everything.
func busyDesk(t *testing.T) *desk {
	d := newDesk(t)
	d.feed(trace.Record{Kind: trace.Up, JID: "ida@x/y", Domain: "x"})
	d.in("busy user=ida ch=A dev=D from=0711 to=41 since") // call 1
	d.in("busy user=ida ch=C dev=E from=0712 fromName=Vogt to=41 since")
	d.in("ringing user=ida ch=Z dev=F from=0799 to=41")
	d.in("hangup user=ida ch=Z")
	d.in("ringing user=ida ch=H dev=E from=41 to=41")
	d.ask(events.Hold, 1, "")     // oh-1
	d.ask(events.Drop, 2, "")     // oh-2
	d.ask(events.Dial, 0, "0722") // oh-3
	d.in("ok id=oh-2")
	d.in("ok id=oh-3")
	d.ask(events.Drop, 4, "")
	d.ask(events.Seize, 0, "")
	d.ask(events.Dial, 0, "0744") // oh-4
	d.in("offer user=ida colleague=kim number=44 from=0755")
	d.in("incall user=ida")
	return d
}
