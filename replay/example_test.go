package replay_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"offhook/internal/wiring"
	"offhook/replay"
)

// A scenario is checked with the real dialect and projection: it goes as written, or Diff says what differs.
func ExampleCheck() {
	o := replay.Options{Open: wiring.Open(nil)}
	err := replay.Check(o, []string{"../fixtures/scenarios/inbound-caller-gives-up.txt"}, false, func(r replay.Result) {
		fmt.Printf("%d steps, difference %q\n", r.Steps, r.Diff)
	})
	fmt.Println(err)
	// Output:
	// 3 steps, difference ""
	// <nil>
}

// A file of bare stanzas is replayed without any settings: its lines are learned.
func ExampleRun() {
	stanza := `<message to="ilund@branch/offhook" from="pbx.branch"><cmd xmlns="http://www.pascom.net/mobydick" module="base"><ChannelEvent>` +
		`<eventType>busy</eventType><eventId>SIP/yl0A31-0000004e</eventId><username>ilund</username><outbound>false</outbound>` +
		`<sourceNumber>00497115550199</sourceNumber><targetNumber>41</targetNumber></ChannelEvent></cmd></message>`
	o := replay.Options{Open: wiring.Open(nil), Format: "json", Stdin: strings.NewReader(stanza)}
	sum, err := replay.Run(context.Background(), os.Stdout, o, "-")
	fmt.Println(sum, err)
	// Output:
	// {"kind":"event","at":"1970-01-01T00:00:00.000Z","line":"41","seq":1,"name":"line.learned.v1","source":"pascom","user":"ilund","address":"41","permanent":1}
	// {"kind":"event","at":"1970-01-01T00:00:00.000Z","line":"41","seq":2,"name":"call.established.v1","source":"pascom","call":1,"channel":"SIP/yl0A31-0000004e","from":"00497115550199","to":"41"}
	// {"kind":"state","at":"1970-01-01T00:00:00.000Z","line":"41","call":1,"channel":"SIP/yl0A31-0000004e","from":"null","to":"connected"}
	// {"kind":"line","at":"1970-01-01T00:00:00.000Z","line":"41","msg":"LINE_NEWCALL","call":1}
	// {"kind":"line","at":"1970-01-01T00:00:00.000Z","line":"41","msg":"LINE_CALLSTATE","call":1,"state":"CONNECTED","mode":"ACTIVE","origin":"EXTERNAL","reason":"DIRECT","caller":"00497115550199","callerName":"","called":"41","calledName":"","connected":"00497115550199","connectedName":"","redirecting":"","redirection":"","features":["BLINDTRANSFER","DROP"]}
	// {"kind":"line","at":"1970-01-01T00:00:00.000Z","line":"41","msg":"LINE_ADDRESSSTATE","bits":["NUMCALLS","INUSEONE"]}
	// 1 stanzas, 2 events <nil>
}
