package events_test

import (
	"fmt"
	"time"

	"offhook/events"
)

// An event is made from a body, numbered by its journal, stored as bytes and read back.
func ExampleNew() {
	offered := events.NewCall(events.CallOffered, events.CallFacts{
		Line: "ilund", Call: 1, Channel: "SIP/yl0A31-0000004e",
		Source: events.Party{Number: "00497115550199", Name: "Vogt Ltd"},
		Target: events.Party{Number: "41", Name: "Ida Lund"},
	})
	at := events.MillisOf(time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC))
	stored := events.New(at, "journal-1", "branch", events.Cause{}, offered).Numbered(1).AppendBinary(nil)

	e, _, err := events.Decode(stored, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Seq(), e.Name(), e.Source())
	for _, f := range e.AppendFields(nil) {
		fmt.Printf("%s=%s\n", f.Key, f.Value)
	}
	if call, ok := e.Body().(events.Call); ok {
		fmt.Println("the caller is", call.Facts().Source.Name)
	}
	// Output:
	// 1 call.offered.v1 branch
	// line=ilund
	// call=1
	// channel=SIP/yl0A31-0000004e
	// from=00497115550199
	// fromName=Vogt Ltd
	// to=41
	// toName=Ida Lund
	// the caller is Vogt Ltd
}
