package projection_test

import (
	"os"
	"strings"
	"testing"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

func (w *world) ringing() { w.call(1, engine.Offering, tapitest.Inbound); w.want(offered) }

func (w *world) talk() { w.ringing(); w.move(1, engine.Connected, nil); w.want(talking) }

// mappingPage gives the cases that docs/develop/tapi-mapping.md names in the last column of its table.
func mappingPage(t *testing.T) map[string]bool {
	b, err := os.ReadFile("../../../docs/develop/tapi-mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for line := range strings.SplitSeq(string(b), "\n") {
		if row, ok := strings.CutSuffix(line, "` |"); ok {
			names[row[strings.LastIndex(row, "`")+1:]] = true
		}
	}
	return names
}

// same looks at the copy that came with the last call message.
func (w *world) same(ok func(*spec.CallInfo) bool) {
	w.t.Helper()
	for i := len(w.all) - 1; i >= 0; i-- {
		if r := w.all[i].Record; r != nil {
			if !ok(r.Info) {
				w.t.Errorf("info is %+v", r.Info)
			}
			return
		}
	}
	w.t.Error("no message carried a copy")
}

func (w *world) pickup() {
	w.ask(events.RequestFacts{ID: 5, Kind: events.PickupCall, Call: 1, Number: "42"})
	w.apply(w.done(5, events.PickupCall, 1, events.ResultOK))
	w.call(1, engine.Dialing, func(v *engine.CallView) { v.Reason, v.Request, v.Called.Number = events.ReasonPickup, 5, "42" })
	w.want("ASYNC_COMPLETION request=5 0")
}

func (w *world) seize() {
	w.ask(events.RequestFacts{ID: 7, Kind: events.Seize, Call: 1})
	w.apply(w.done(7, events.Seize, 1, events.ResultOK))
	w.want("ASYNC_COMPLETION request=7 0\nCALLSTATE call=1 DIALTONE NORMAL\nADDRESSSTATE NUMCALLS|INUSEONE")
}

func (w *world) consult() {
	w.talk()
	w.ask(events.RequestFacts{ID: 5, Kind: events.SetupTransfer, Call: 1, Other: 2})
	w.apply(w.done(5, events.SetupTransfer, 1, events.ResultOK))
	w.move(1, engine.Held, nil)
	w.want(`ASYNC_COMPLETION request=5 0
		CALLINFO call=1 RELATEDCALLID origin=EXTERNAL reason=DIRECT caller=00497115550199 callerName="Vogt Ltd" called=41 calledName="Ida Lund" connected=00497115550199 connectedName="Vogt Ltd"
		CALLSTATE call=2 DIALTONE NORMAL
		ADDRESSSTATE NUMCALLS
		CALLSTATE call=1 ONHOLDPENDTRANSFER
		ADDRESSSTATE NUMCALLS`)
	w.calls[2] = &engine.CallView{Line: "ilund", Number: 2}
}
