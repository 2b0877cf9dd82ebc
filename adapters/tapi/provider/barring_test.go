package provider

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
	"offhook/internal/dialplan"
)

// TestBarringStandsBeforeEveryRequest has each function that takes a number refuse at once, without asking the PBX.
func TestBarringStandsBeforeEveryRequest(t *testing.T) {
	h := newHost(t, spec.Version31)
	var err error
	h.barring, err = dialplan.NewBarring([]string{"0900*"}, 2, dialplan.Plan{Country: "49"}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	h.begin(1, engine.Connected, tapitest.Inbound)
	call := h.handle()
	const blocked = int32(spec.LineErrAddressBlocked)
	text := "+49 (0) 900 1234"
	made, result := h.p.MakeCall(5, h.line, &text, nil)
	require.Equal(t, []any{uint32(0), blocked}, []any{made, result})
	made, result = h.p.Pickup(5, h.line, 0, text, "")
	require.Equal(t, []any{uint32(0), blocked}, []any{made, result})
	require.Equal(t, blocked, h.p.BlindTransfer(5, call, text))
	require.Empty(t, h.q)

	h.p.cfg.Offers |= engine.ActRedirect
	h.begin(2, engine.Offering, tapitest.Inbound)
	offer := *h.calls[2]
	offer.Actions |= engine.ActRedirect
	h.send(engine.Change{Kind: engine.ActionsChanged, Call: &offer})
	require.Equal(t, blocked, h.p.Redirect(5, h.handle(), text))
	none := ""
	made, result = h.p.MakeCall(5, h.line, &none, nil)
	require.EqualValues(t, 5, result)
	h.ok(h.accept(3, 0), events.ResultOK)
	require.Equal(t, blocked, h.p.Dial(6, made, text))

	require.EqualValues(t, 7, h.p.BlindTransfer(7, call, "12"))
	require.EqualValues(t, 8, h.p.Dial(8, made, "12"))
	other := "13"
	_, result = h.p.MakeCall(9, h.line, &other, nil)
	require.EqualValues(t, spec.LineErrResourceUnavail, result)
	_, result = h.p.Pickup(9, h.line, 0, "42", "")
	require.EqualValues(t, 9, result, "a pickup is not counted")
}
