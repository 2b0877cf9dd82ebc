package main

import (
	"fmt"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/dialects"
	"offhook/internal/trace"
)

// office is a made-up company whose calls never end: each rings, is answered, held, taken back and hung up. It writes
// the stanzas a pascom PBX would send, children in the PBX's order.
type office struct {
	lines int
	calls int
	at    int64
}

// newDialect makes the dialect that the office's PBX speaks: the program's default.
func newDialect() engine.Dialect {
	d, err := dialects.Registry().Default().New(engine.DialectConfig{})
	if err != nil {
		panic("benchtable: " + err.Error()) // the defaults always work
	}
	return d
}

const (
	lineCount = 200
	together  = 50 // calls under way at a time
	perCall   = 5  // stanzas, and events
)

var stages = [perCall]string{"ringing", "busy", "hold", "unhold", "hangup"}

// stanza is what the PBX says of a call of a line.
func stanza(line, call int, stage string) string {
	since := 0
	if stage != "ringing" {
		since = 1700000000000 + call
	}
	return fmt.Sprintf(`<message to="switch@pbx.example/offhook" from="pbx.pbx.example"><cmd xmlns="http://www.pascom.net/mobydick" module="base">`+
		`<ChannelEvent><eventType>%s</eventType><eventId>SIP/yl%05d-%08x</eventId><eventDetails/><outbound>false</outbound><internal>false</internal>`+
		`<sourceName>Vogt and Sons %d</sourceName><sourceNumber>0049711%07d</sourceNumber><sourceCallerIdName/><targetName>Employee %d</targetName>`+
		`<targetCallerIdName/><targetNumber>%d</targetNumber><busySince>%d</busySince><refChannel/><device>Yealink 0015650a%05x [Desk %d]</device>`+
		`<fromName/><fromNumber/><username>user%d</username></ChannelEvent></cmd></message>`,
		stage, line, call, call%100, call%10000000, line, 10000+line, since, line, line, line)
}

// records are the stanzas of n calls (a multiple of together), fifty under way at a time, a millisecond apart.
func (o *office) records(n int) []trace.Record {
	all := make([]trace.Record, 0, n*perCall)
	for range n / together {
		for _, stage := range stages {
			for i := range together {
				o.at++
				all = append(all, trace.Record{Kind: trace.In, At: o.at, Raw: stanza((o.calls+i)%o.lines, o.calls+i, stage)})
			}
		}
		o.calls += together
	}
	return all
}

// settings are those of an engine that learns the office's lines.
func settings() engine.Settings {
	return engine.Settings{Journal: "bench", Source: "pbx.example", Learn: true}
}

// newCore is an engine that has learned every line of an office, and the office.
func newCore() (*engine.Core, *office) {
	c := engine.NewCore(settings(), newDialect())
	o := &office{lines: lineCount}
	for _, r := range o.records(lineCount) {
		c.Step(r)
	}
	return c, o
}

// made are the events and changes that an engine makes of n calls, in order, numbered from the first ever.
func made(n int) (all []events.Event, changes []engine.Change) {
	c := engine.NewCore(settings(), newDialect())
	o := &office{lines: lineCount}
	for _, r := range o.records(n) {
		for _, out := range c.Step(r) {
			switch out.Kind {
			case engine.OutEvent:
				all = append(all, out.Event)
			case engine.OutChange:
				changes = append(changes, *out.Change)
			}
		}
	}
	return all, changes
}
