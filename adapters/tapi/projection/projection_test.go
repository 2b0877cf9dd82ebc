package projection_test

import (
	"testing"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
	"offhook/internal/dialplan"
)

const offered = `
	NEWCALL call=1
	CALLSTATE call=1 OFFERING ACTIVE
	LINEDEVSTATE RINGING mode=1 count=0
	ADDRESSSTATE NUMCALLS|INUSEONE`

const talking = `
	CALLSTATE call=1 CONNECTED ACTIVE
	CALLINFO call=1 CONNECTEDID origin=EXTERNAL reason=DIRECT caller=00497115550199 callerName="Vogt Ltd" called=41 calledName="Ida Lund" connected=00497115550199 connectedName="Vogt Ltd"`

const vendorSetup = `
	CALLSTATE call=1 DIALING
	CALLSTATE call=1 PROCEEDING
	CALLSTATE call=1 RINGBACK`

const outTalking = `
	CALLSTATE call=1 CONNECTED ACTIVE
	CALLINFO call=1 CONNECTEDID origin=OUTBOUND reason=DIRECT caller=41 callerName="Ida Lund" called=0301234 connected=0301234`

const over = `
	CALLSTATE call=1 IDLE
	ADDRESSSTATE NUMCALLS|INUSEZERO`

// TestRows is the table of decision TAPI-f.2, a row a test; docs/develop/tapi-mapping.md names them.
func TestRows(t *testing.T) {
	evidence := projection.Options{Ringback: projection.RingbackEvidence}
	page := mappingPage(t)
	for _, row := range []struct {
		name string
		opt  projection.Options
		play func(*world)
	}{
		{"ringing inbound", projection.Options{}, func(w *world) { w.ringing() }},
		{"ringing inbound internal", projection.Options{}, func(w *world) {
			w.call(1, engine.Offering, func(v *engine.CallView) { tapitest.Inbound(v); v.Internal = true })
			w.want(offered)
			w.update(1, func(v *engine.CallView) { v.Display = "mailbox" })
			w.want(`CALLINFO call=1 DISPLAY origin=INTERNAL reason=DIRECT caller=00497115550199 callerName="Vogt Ltd" called=41 calledName="Ida Lund"`)
		}},
		{"ring cycles", projection.Options{}, func(w *world) {
			w.ringing()
			w.rang(1)
			w.want("LINEDEVSTATE RINGING mode=1 count=1")
			w.rang(1)
			w.want("LINEDEVSTATE RINGING mode=1 count=2")
			w.move(1, engine.Connected, nil)
			w.want(talking)
			w.rang(1)
			w.want("")
			w.end(1, events.ReasonNormal)
			w.want("CALLSTATE call=1 DISCONNECTED NORMAL" + over)
		}},
		{"ringing inbound repeated", projection.Options{}, func(w *world) {
			w.ringing()
			w.update(1, func(v *engine.CallView) {})
			w.want("")
			w.update(1, func(v *engine.CallView) { v.Caller.Name = "Vogt GmbH" })
			w.want(`CALLINFO call=1 CALLERID origin=EXTERNAL reason=DIRECT caller=00497115550199 callerName="Vogt GmbH" called=41 calledName="Ida Lund"`)
		}},
		{"ringing outbound of our makeCall", projection.Options{}, func(w *world) {
			w.dial(7, 1, "0301234")
			w.want("ASYNC_COMPLETION request=7 0\nCALLSTATE call=1 DIALTONE NORMAL\nADDRESSSTATE NUMCALLS|INUSEONE")
			w.move(1, engine.Proceeding, nil)
			w.want(vendorSetup)
			w.move(1, engine.Ringback, nil)
			w.want("")
			w.move(1, engine.Connected, nil)
			w.want(outTalking)
		}},
		{"makeCall refused", projection.Options{}, func(w *world) {
			w.ask(events.RequestFacts{ID: 7, Kind: events.Dial, Call: 1, Number: "1"})
			w.apply(w.done(7, events.Dial, 1, events.ResultFailed))
			w.want("ASYNC_COMPLETION request=7 CALLUNAVAIL")
			w.ask(events.RequestFacts{ID: 8, Kind: events.Dial, Call: 2, Number: "1"})
			w.apply(w.done(8, events.Dial, 2, events.ResultTimeout))
			w.want("ASYNC_COMPLETION request=8 OPERATIONFAILED")
		}},
		{"makeCall without any event", projection.Options{}, func(w *world) {
			w.dial(7, 1, "0301234")
			w.end(1, events.ReasonExpired)
			w.want("ASYNC_COMPLETION request=7 0\nCALLSTATE call=1 DIALTONE NORMAL\nADDRESSSTATE NUMCALLS|INUSEONE\nCALLSTATE call=1 DISCONNECTED UNAVAIL" + over)
		}},
		{"ringing outbound at the handset", projection.Options{}, func(w *world) {
			w.call(1, engine.Proceeding, tapitest.Outbound)
			w.want("NEWCALL call=1" + vendorSetup + "\nADDRESSSTATE NUMCALLS|INUSEONE")
		}},
		{"far end alerting", evidence, func(w *world) {
			w.call(1, engine.Proceeding, tapitest.Outbound)
			w.want("NEWCALL call=1\nCALLSTATE call=1 DIALING\nCALLSTATE call=1 PROCEEDING\nADDRESSSTATE NUMCALLS|INUSEONE")
			w.move(1, engine.Ringback, nil)
			w.want("CALLSTATE call=1 RINGBACK")
		}},
		{"busy is talking, inbound", projection.Options{}, func(w *world) { w.talk() }},
		{"busy is talking, outbound", evidence, func(w *world) {
			w.call(1, engine.Proceeding, tapitest.Outbound)
			w.out = nil
			w.move(1, engine.Connected, nil)
			w.want(outTalking)
		}},
		{"busy first seen", projection.Options{}, func(w *world) {
			w.call(1, engine.Connected, tapitest.Inbound)
			w.want("NEWCALL call=1\nCALLSTATE call=1 CONNECTED ACTIVE\nADDRESSSTATE NUMCALLS|INUSEONE")
		}},
		{"hold first seen", projection.Options{}, func(w *world) {
			w.call(1, engine.Held, tapitest.Inbound)
			w.want("NEWCALL call=1\nCALLSTATE call=1 ONHOLD\nADDRESSSTATE NUMCALLS|INUSEONE")
		}},
		{"lineAnswer", projection.Options{}, func(w *world) {
			w.ringing()
			w.ask(events.RequestFacts{ID: 9, Kind: events.Answer, Call: 1})
			w.apply(w.done(9, events.Answer, 1, events.ResultOK))
			w.want("ASYNC_COMPLETION request=9 0")
			w.move(1, engine.Connected, nil)
			w.want(talking)
		}},
		{"hold and unhold", projection.Options{}, func(w *world) {
			w.talk()
			w.move(1, engine.Held, nil)
			w.want("CALLSTATE call=1 ONHOLD\nADDRESSSTATE NUMCALLS")
			w.move(1, engine.Connected, nil)
			w.want("CALLSTATE call=1 CONNECTED ACTIVE\nADDRESSSTATE NUMCALLS")
		}},
		{"hold while offering goes through connected", projection.Options{}, func(w *world) {
			w.ringing()
			w.move(1, engine.Held, nil)
			w.want("CALLSTATE call=1 CONNECTED ACTIVE\nCALLSTATE call=1 ONHOLD\nCALLINFO call=1 CONNECTEDID origin=EXTERNAL reason=DIRECT caller=00497115550199 callerName=\"Vogt Ltd\" called=41 calledName=\"Ida Lund\"\nADDRESSSTATE NUMCALLS")
		}},
		{"unhold of a pending transfer", projection.Options{}, func(w *world) {
			w.consult()
			w.move(1, engine.Connected, nil)
			w.want("CALLSTATE call=1 CONNECTED ACTIVE\nCALLINFO call=1 RELATEDCALLID origin=EXTERNAL reason=DIRECT caller=00497115550199 callerName=\"Vogt Ltd\" called=41 calledName=\"Ida Lund\" connected=00497115550199 connectedName=\"Vogt Ltd\"\nADDRESSSTATE NUMCALLS")
		}},
		{"rename while offering", projection.Options{}, func(w *world) {
			w.ringing()
			w.update(1, func(v *engine.CallView) { v.Caller.Number = "0049711999" })
			w.want(`CALLINFO call=1 CALLERID origin=EXTERNAL reason=DIRECT caller=0049711999 callerName="Vogt Ltd" called=41 calledName="Ida Lund"`)
		}},
		{"rename while connected shows a transfer", projection.Options{}, func(w *world) {
			w.talk()
			w.update(1, func(v *engine.CallView) {
				v.Redirecting, v.Caller = v.Caller, events.Party{Number: "42", Name: "Bo Falk"}
				v.Connected, v.Reason = v.Caller, events.ReasonTransferHere
			})
			w.want(`CALLINFO call=1 REASON|CALLERID|CONNECTEDID|REDIRECTINGID origin=EXTERNAL reason=TRANSFER caller=42 callerName="Bo Falk" called=41 calledName="Ida Lund" connected=42 connectedName="Bo Falk" redirecting=00497115550199`)
		}},
		{"rename without difference", projection.Options{}, func(w *world) {
			w.talk()
			w.update(1, func(v *engine.CallView) { v.Stale = true })
			w.want("")
		}},
		{"transfer by us", projection.Options{}, func(w *world) {
			w.consult()
			w.move(2, engine.Proceeding, func(v *engine.CallView) { tapitest.Outbound(v); v.Called.Number = "42" })
			w.out = nil
			w.gone(2, events.ReasonTransferred)
			w.gone(1, events.ReasonTransferred)
			w.want("CALLSTATE call=2 IDLE\nADDRESSSTATE NUMCALLS" + over)
		}},
		{"transfer, we are the new target", projection.Options{}, func(w *world) {
			w.call(1, engine.Offering, func(v *engine.CallView) {
				tapitest.Inbound(v)
				v.Reason, v.Redirecting = events.ReasonTransferHere, events.Party{Number: "42"}
			})
			w.want(offered)
			w.same(func(i *spec.CallInfo) bool {
				return i.Reason == spec.CallReasonTransfer && i.RedirectingID.Number == "42"
			})
		}},
		{"redirect away while ringing", projection.Options{}, func(w *world) {
			w.ringing()
			w.update(1, func(v *engine.CallView) { v.Redirection = events.Party{Number: "45"} })
			w.end(1, events.ReasonForwarded)
			w.want(`CALLINFO call=1 REDIRECTIONID origin=EXTERNAL reason=DIRECT caller=00497115550199 callerName="Vogt Ltd" called=41 calledName="Ida Lund" redirection=45
				CALLSTATE call=1 DISCONNECTED FORWARDED` + over)
		}},
		{"redirect target told with the end", projection.Options{}, func(w *world) {
			w.ringing()
			w.apply(w.moves(1, func(v *engine.CallView) {
				v.Cause, v.Redirection.Number = events.ReasonForwarded, "45"
			}, engine.Disconnected, engine.Idle)...)
			w.want(`CALLINFO call=1 REDIRECTIONID origin=EXTERNAL reason=DIRECT caller=00497115550199 callerName="Vogt Ltd" called=41 calledName="Ida Lund" redirection=45
				CALLSTATE call=1 DISCONNECTED FORWARDED` + over)
		}},
		{"redirect by our lineRedirect", projection.Options{}, func(w *world) {
			w.ringing()
			w.ask(events.RequestFacts{ID: 3, Kind: events.Redirect, Call: 1, Number: "45"})
			w.apply(w.done(3, events.Redirect, 1, events.ResultOK))
			w.gone(1, events.ReasonTransferred)
			w.want("ASYNC_COMPLETION request=3 0" + over)
		}},
		{"redirect to us", projection.Options{}, func(w *world) {
			w.call(1, engine.Offering, func(v *engine.CallView) {
				tapitest.Inbound(v)
				v.Reason, v.Redirecting, v.Called = events.ReasonForwardedHere, events.Party{Number: "40"}, events.Party{Number: "40"}
			})
			w.want(offered)
			w.same(func(i *spec.CallInfo) bool { return i.Reason == spec.CallReasonRedirect && i.CalledID.Number == "40" })
		}},
		{"hangup by the far end", projection.Options{}, func(w *world) {
			w.talk()
			w.end(1, events.ReasonNormal)
			w.want("CALLSTATE call=1 DISCONNECTED NORMAL" + over)
		}},
		{"hangup of a held call counts once", projection.Options{}, func(w *world) {
			w.talk()
			w.move(1, engine.Held, nil)
			w.out = nil
			w.end(1, events.ReasonNormal)
			w.want("CALLSTATE call=1 DISCONNECTED NORMAL" + over)
		}},
		{"hangup after our lineDrop", projection.Options{}, func(w *world) {
			w.talk()
			w.ask(events.RequestFacts{ID: 4, Kind: events.Drop, Call: 1})
			w.apply(w.done(4, events.Drop, 1, events.ResultOK))
			w.want("ASYNC_COMPLETION request=4 0")
			w.gone(1, events.ReasonDropped)
			w.want(over)
		}},
		{"caller gives up", projection.Options{}, func(w *world) {
			w.ringing()
			w.end(1, events.ReasonCancelled)
			w.want("CALLSTATE call=1 DISCONNECTED CANCELLED" + over)
		}},
		{"caller gives up below 2.0", projection.Options{Version: spec.Version14}, func(w *world) {
			w.ringing()
			w.end(1, events.ReasonCancelled)
			w.want("CALLSTATE call=1 DISCONNECTED NORMAL" + over)
		}},
		{"answered elsewhere", projection.Options{}, func(w *world) {
			w.ringing()
			w.end(1, events.ReasonPickedUp)
			w.want("CALLSTATE call=1 DISCONNECTED PICKUP" + over)
		}},
		{"busy tone on a call that is up", projection.Options{}, func(w *world) {
			w.call(1, engine.Proceeding, tapitest.Outbound)
			w.out = nil
			w.move(1, engine.Busy, nil)
			w.end(1, events.ReasonBusy)
			w.want("CALLSTATE call=1 BUSY STATION\nCALLSTATE call=1 DISCONNECTED BUSY" + over)
		}},
		{"pickup offer", projection.Options{}, func(w *world) {
			w.line.Offers = 1
			w.apply(engine.Change{Kind: engine.LineUpdated})
			w.want("ADDRESSSTATE OTHER")
			w.line.Offers = 2
			w.apply(engine.Change{Kind: engine.LineUpdated})
			w.want("")
			w.line.Offers = 0
			w.apply(engine.Change{Kind: engine.LineUpdated})
			w.want("ADDRESSSTATE OTHER")
		}},
		{"pickup by linePickup", projection.Options{}, func(w *world) {
			w.pickup()
			w.move(1, engine.Connected, func(v *engine.CallView) { v.Caller = events.Party{Number: "0301"} })
			w.want(`CALLSTATE call=1 CONNECTED ACTIVE
				CALLINFO call=1 CALLERID|CONNECTEDID origin=EXTERNAL reason=PICKUP caller=0301 called=42 connected=0301 redirecting=42 redirection=41
				ADDRESSSTATE NUMCALLS|INUSEONE`)
		}},
		{"pickup that ends before it is there", projection.Options{}, func(w *world) {
			w.pickup()
			w.end(1, events.ReasonExpired)
			w.want("CALLSTATE call=1 OFFERING ACTIVE\nCALLSTATE call=1 DISCONNECTED UNAVAIL\nCALLSTATE call=1 IDLE")
		}},
		{"pickup from the handset", projection.Options{}, func(w *world) {
			w.call(1, engine.Connected, func(v *engine.CallView) { tapitest.Inbound(v); v.Reason = events.ReasonPickup })
			w.want("NEWCALL call=1\nCALLSTATE call=1 CONNECTED ACTIVE\nADDRESSSTATE NUMCALLS|INUSEONE")
			w.same(func(i *spec.CallInfo) bool { return i.Reason == spec.CallReasonPickup })
		}},
		{"session lost and back, the call lives", projection.Options{}, func(w *world) {
			w.talk()
			w.service(false)
			w.move(1, engine.Unknown, nil)
			w.want("LINEDEVSTATE DISCONNECTED|OUTOFSERVICE\nCALLSTATE call=1 UNKNOWN")
			w.service(true)
			w.move(1, engine.Connected, nil)
			w.want("LINEDEVSTATE CONNECTED|INSERVICE\nCALLSTATE call=1 CONNECTED ACTIVE")
		}},
		{"session lost and back, the call ended", projection.Options{}, func(w *world) {
			w.talk()
			w.service(false)
			w.move(1, engine.Unknown, nil)
			w.service(true)
			w.out = nil
			w.end(1, events.ReasonLost)
			w.want("CALLSTATE call=1 DISCONNECTED UNAVAIL" + over)
		}},
		{"session lost while dialling", projection.Options{}, func(w *world) {
			w.call(1, engine.Proceeding, tapitest.Outbound)
			w.move(1, engine.Unknown, nil)
			w.out = nil
			w.move(1, engine.Proceeding, nil)
			w.want("CALLSTATE call=1 RINGBACK")
		}},
		{"line removed", projection.Options{}, func(w *world) {
			w.talk()
			w.apply(engine.Change{Kind: engine.LineGone})
			w.want(over + "\nCLOSE\nREMOVE")
		}},
		{"line removed below 2.1", projection.Options{Version: spec.Version20}, func(w *world) {
			w.apply(engine.Change{Kind: engine.LineGone})
			w.want("LINEDEVSTATE DISCONNECTED|OUTOFSERVICE")
		}},
		{"makeCall without number, then dial", projection.Options{}, func(w *world) {
			w.seize()
			w.ask(events.RequestFacts{ID: 8, Kind: events.Dial, Call: 1, Number: "0301234"})
			w.apply(w.done(8, events.Dial, 1, events.ResultOK))
			w.call(1, engine.Dialing, func(v *engine.CallView) { tapitest.Outbound(v); v.Request = 8 })
			w.want("ASYNC_COMPLETION request=8 0\nCALLINFO call=1 CALLEDID origin=OUTBOUND reason=DIRECT caller=41 callerName=\"Ida Lund\" called=0301234")
			w.move(1, engine.Proceeding, nil)
			w.want(vendorSetup)
		}},
		{"makeCall without number, then drop", projection.Options{}, func(w *world) {
			w.seize()
			w.ask(events.RequestFacts{ID: 8, Kind: events.Drop, Call: 1})
			w.apply(w.done(8, events.Drop, 1, events.ResultOK))
			w.want("ASYNC_COMPLETION request=8 0" + over)
		}},
		{"lineSetupTransfer", projection.Options{}, func(w *world) { w.consult() }},
		{"abandoned consultation", projection.Options{}, func(w *world) {
			w.consult()
			w.ask(events.RequestFacts{ID: 6, Kind: events.Drop, Call: 2})
			w.apply(w.done(6, events.Drop, 2, events.ResultOK))
			w.want("ASYNC_COMPLETION request=6 0\nCALLSTATE call=2 IDLE\nADDRESSSTATE NUMCALLS")
		}},
		{"blind transfer", projection.Options{}, func(w *world) {
			w.talk()
			w.ask(events.RequestFacts{ID: 6, Kind: events.BlindTransfer, Call: 1, Number: "42"})
			w.apply(w.done(6, events.BlindTransfer, 1, events.ResultOK))
			w.gone(1, events.ReasonTransferred)
			w.want("ASYNC_COMPLETION request=6 0" + over)
		}},
		{"swap", projection.Options{}, func(w *world) {
			w.talk()
			w.move(1, engine.Held, nil)
			w.call(2, engine.Connected, tapitest.Outbound)
			w.out = nil
			w.move(2, engine.Held, nil)
			w.move(1, engine.Connected, nil)
			w.want("CALLSTATE call=2 ONHOLD\nADDRESSSTATE NUMCALLS\nCALLSTATE call=1 CONNECTED ACTIVE\nADDRESSSTATE NUMCALLS")
		}},
		{"withheld caller", projection.Options{}, func(w *world) {
			w.call(1, engine.Offering, func(v *engine.CallView) { v.Called.Number = "41"; v.Caller.Name = "Anonymous" })
			w.want(offered)
			w.same(func(i *spec.CallInfo) bool {
				return i.CallerID.Written() == spec.PartyFlagBlocked && i.ConnectedID.Written() == spec.PartyFlagUnknown
			})
			w.move(1, engine.Connected, nil)
			w.want("CALLSTATE call=1 CONNECTED ACTIVE\nCALLINFO call=1 CONNECTEDID origin=EXTERNAL reason=DIRECT called=41")
		}},
		{"a name that is the number", projection.Options{}, func(w *world) {
			w.call(1, engine.Offering, func(v *engine.CallView) { tapitest.Inbound(v); v.Caller.Name = "0049 711 5550199" })
			w.want(offered)
			w.same(func(i *spec.CallInfo) bool { return i.CallerID.Written() == spec.PartyFlagAddress })
		}},
		{"numbers with a plus", projection.Options{Numbers: dialplan.Plan{Mode: dialplan.PresentPlus, Country: "49"}}, func(w *world) {
			w.call(1, engine.Offering, tapitest.Inbound)
			w.want(offered)
			w.same(func(i *spec.CallInfo) bool { return i.CallerID.Number == "+497115550199" && i.CalledID.Number == "41" })
		}},
		{"late events after idle", projection.Options{}, func(w *world) {
			w.talk()
			w.end(1, events.ReasonNormal)
			w.out = nil
			w.move(1, engine.Held, nil)
			w.end(1, events.ReasonNormal)
			w.want("")
		}},
		{"turned outbound", projection.Options{}, func(w *world) {
			w.ringing()
			w.end(1, events.ReasonDirectionChanged)
			w.call(2, engine.Proceeding, tapitest.Outbound)
			w.want(`CALLSTATE call=1 DISCONNECTED NORMAL` + over + `
				NEWCALL call=2
				CALLSTATE call=2 DIALING
				CALLSTATE call=2 PROCEEDING
				CALLSTATE call=2 RINGBACK
				ADDRESSSTATE NUMCALLS|INUSEONE`)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if !page[row.name] {
				t.Error("docs/develop/tapi-mapping.md has no such row")
			}
			delete(page, row.name)
			w := newWorld(t, row.opt)
			if w.m.Version = row.opt.Version; w.m.Version == 0 {
				w.m.Version = spec.VersionProjection
			}
			row.play(w)
		})
	}
	for name := range page {
		t.Errorf("docs/develop/tapi-mapping.md names %q, which is no case", name)
	}
}

// TestCallerOfAPickup: until the picked-up call is there its caller is unknown and not withheld, so that a withheld one is
// told when it comes.
func TestCallerOfAPickup(t *testing.T) {
	w := newWorld(t, projection.Options{})
	w.pickup()
	w.move(1, engine.Connected, nil)
	w.want(`CALLSTATE call=1 CONNECTED ACTIVE
		CALLINFO call=1 CALLERID|CONNECTEDID origin=EXTERNAL reason=PICKUP called=42 redirecting=42 redirection=41
		ADDRESSSTATE NUMCALLS|INUSEONE`)
	w.same(func(i *spec.CallInfo) bool { return i.CallerID.Flags == spec.PartyFlagBlocked })
}

// TestInboundCallsKnowNoBusyTone: no inbound call is shown BUSY, from whatever it is in (rule R-47).
func TestInboundCallsKnowNoBusyTone(t *testing.T) {
	w := newWorld(t, projection.Options{})
	w.call(1, engine.Busy, tapitest.Inbound)
	w.want("")
	w.call(2, engine.Unknown, tapitest.Inbound)
	w.out = nil
	w.move(2, engine.Busy, nil)
	w.want("")
}
