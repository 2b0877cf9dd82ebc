package engine_test

import (
	"fmt"
	"strings"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
)

// words is a dialect of one line of words: what happens, the channel, who calls, who is called. It takes no commands.
type words struct{}

func (words) Name() string { return "words" }

func (words) Decode(raw string, _ engine.Origin, o *engine.Observation) {
	w := strings.Fields(raw)
	kind, ok := map[string]engine.ChannelKind{"rings": engine.ChannelRinging, "talks": engine.ChannelTalking, "ends": engine.ChannelEnded}[w[0]]
	if !ok || len(w) != 4 {
		o.Kind, o.Code, o.Text = engine.ObsIgnored, "unknown", raw
		return
	}
	o.Kind, o.Channel, o.User = engine.ObsChannel, kind, "ida"
	o.Facts.Channel, o.Facts.Source.Number, o.Facts.Target.Number = w[1], w[2], w[3]
}

func (words) Encode(b []byte, _ string, _ engine.Command) []byte { return b }

func (words) Login(string, engine.LoginSettings) []engine.Command { return nil }

func (words) Traits() engine.Traits { return engine.Traits{} }

// A core takes the records of the timeline and says what followed from each. It does no I/O: who feeds it stores the events and
// shows the changes.
func ExampleCore_Step() {
	core := engine.NewCore(engine.Settings{
		Journal: "journal-1", User: "ida",
		Lines: []events.LineFacts{{User: "ida", Address: "41", Name: "Ida Lund"}},
	}, words{})

	start := core.StartRecord(0, false)
	for _, r := range []trace.Record{
		start,
		{Kind: trace.In, At: 1000, Raw: "rings A 07115550199 41"},
		{Kind: trace.In, At: 9000, Raw: "talks A 07115550199 41"},
		{Kind: trace.In, At: 60000, Raw: "ends A 07115550199 41"},
	} {
		for _, o := range core.Step(r) {
			switch {
			case o.Kind == engine.OutEvent:
				fmt.Println("event", o.Event.Seq(), o.Event.Name())
			case o.Kind == engine.OutChange && o.Change.Kind == engine.CallMoved:
				fmt.Println("      ", o.Change.Call.Caller.Number, o.Change.From, "->", o.Change.To)
			}
		}
	}
	// Output:
	// event 1 line.learned.v1
	// event 2 call.offered.v1
	//        07115550199 null -> offering
	// event 3 call.established.v1
	//        07115550199 offering -> connected
	// event 4 call.cleared.v1
	//        07115550199 connected -> disconnected
	//        07115550199 disconnected -> idle
}
