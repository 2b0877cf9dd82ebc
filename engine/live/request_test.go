package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
)

// asking is a frontend that asks once and keeps the outcomes that are its own.
type asking struct {
	name string
	mu   sync.Mutex
	id   uint32
	own  []string
}

func (a *asking) Name() string { return a.name }

func (a *asking) Run(ctx context.Context, r *Reader, ask Asker) error {
	var refused error
	return r.Follow(ctx, Follower{Flush: func() error { return refused }, Snapshot: func(*engine.Snapshot) {
		a.id, refused = ask.Ask(ctx, Request{Kind: events.Seize, Line: "ida", Principal: "program of " + a.name, Ref: 7})
	}, Change: func(c *engine.Change) {
		a.mu.Lock()
		defer a.mu.Unlock()
		switch {
		case c.Kind == engine.RequestAccepted && c.Request.Frontend == a.name:
			a.own = append(a.own, fmt.Sprintf("accepted %d of %s ref %d", c.Request.ID, c.Request.Principal, c.Request.Ref))
		case c.Kind == engine.RequestEnded && c.Finished.Frontend == a.name:
			a.own = append(a.own, fmt.Sprintf("ended %d of %s ref %d %s", c.Finished.ID, c.Finished.Principal, c.Finished.Ref, c.Finished.Result))
		}
	}})
}

// TestRequestsOfTwoFrontends: two frontends that use the same number of their own lose nothing, and each gets its own outcome.
// The numbers go on behind a restart, with the journal alone and with an image.
func TestRequestsOfTwoFrontends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &asking{name: "tapi"}
		second := &asking{name: "web"}
		r := newRig(t, func(c *Config) { c.Frontends = append(c.Frontends, first, second) })
		r.in("busy user=ida ch=A dev=D from=0711 to=41") // the line is learned; frontends that asked before it were refused
		synctest.Wait()
		third, err := r.loop.Asker("cli").Ask(t.Context(), Request{Kind: events.Seize, Line: "ida"})
		require.NoError(t, err)
		require.EqualValues(t, 3, third)
		synctest.Wait()
		require.ElementsMatch(t, []uint32{1, 2}, []uint32{first.id, second.id})
		for _, a := range []*asking{first, second} {
			require.Equal(t, []string{fmt.Sprintf("ended %d of program of %s ref 7 invalid-line", a.id, a.name)}, ended(a.own))
		}
		_, image, err := r.loop.Image(t.Context())
		require.NoError(t, err)
		r.stop()
		_, err = r.loop.Asker("cli").Ask(t.Context(), Request{Kind: events.Seize, Line: "ida"})
		require.ErrorIs(t, err, ErrStopped)

		for what, images := range map[string][][]byte{"the journal alone": nil, "an image": {image}} {
			r.watch, r.ended = &watcher{name: "w"}, make(chan struct{})
			set := engine.Settings{Learn: true}
			start, err := Rebuild(t.Context(), set, plain{}, r.journal, images...)
			require.NoError(t, err)
			r.run(func(c *Config) { c.Start = start })
			id, err := r.loop.Asker("cli").Ask(t.Context(), Request{Kind: events.Seize, Line: "ida"})
			require.NoError(t, err)
			require.Greater(t, id, third, what)
			third = id
			synctest.Wait()
			r.stop()
		}
	})
}

func ended(all []string) (out []string) {
	for _, s := range all {
		if s[:5] == "ended" {
			out = append(out, s)
		}
	}
	return out
}

// TestFollowEndsWithFlush: an error of Flush ends the following.
func TestFollowEndsWithFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		full := errors.New("full")
		require.ErrorIs(t, r.loop.Reader().Follow(t.Context(), Follower{Flush: func() error { return full }}), full)
		r.stop()
		require.ErrorIs(t, r.loop.Reader().Follow(t.Context(), Follower{}), ErrStopped)
	})
}

var errBarred = errors.New("barred")

// TestBarringStandsBeforeEveryFrontend: a number that may not be dialled is refused at once, whoever asks; requests without a
// number are not looked at.
func TestBarringStandsBeforeEveryFrontend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var checked []string
		r := newRig(t, func(c *Config) {
			c.Barring = func(line, dialled, sent string, counts bool) error {
				checked = append(checked, fmt.Sprint(line, " ", dialled, " ", sent, " ", counts))
				if dialled == "0900" {
					return errBarred
				}
				return nil
			}
		})
		r.in("busy user=ida ch=A dev=D from=0711 to=41")
		ask := func(q Request) error {
			q.Line = "ida"
			_, err := r.loop.Asker("web").Ask(t.Context(), q)
			return err
		}
		require.ErrorIs(t, ask(Request{Kind: events.Dial, Number: "00900", Dialled: "0900"}), errBarred)
		require.ErrorIs(t, ask(Request{Kind: events.PickupCall, Number: "0900"}), errBarred)
		require.NoError(t, ask(Request{Kind: events.BlindTransfer, Call: 1, Number: "44"}))
		require.NoError(t, ask(Request{Kind: events.Hold, Call: 1}))
		synctest.Wait()
		r.stop()
		require.Equal(t, []string{"ida 0900 00900 true", "ida 0900 0900 false", "ida 44 44 true"}, checked)
		var issued []string
		for e, err := range r.journal.Read(t.Context(), 1) {
			require.NoError(t, err)
			if q, ok := e.Body().(events.Request); ok && e.Type() == events.RequestIssued {
				issued = append(issued, q.Facts().Kind.String())
			}
		}
		require.Equal(t, []string{"blind-transfer", "hold"}, issued, "what is refused is not in the timeline")
	})
}
