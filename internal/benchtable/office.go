package main

import (
	"fmt"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/dialects"
	"offhook/internal/trace"
)

// office is an invented company that always has calls: each one rings, is answered, held, retrieved and cleared. It writes
// the stanzas that a pascom PBX sends, with the child elements in the PBX's order.
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
	lineCount       = 200
	concurrentCalls = 50 // calls at the same time
	stanzasPerCall  = 5  // stanzas, and events
)

var callStages = [stanzasPerCall]string{"ringing", "busy", "hold", "unhold", "hangup"}

// stanza returns the PBX's stanza about a call of a line.
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

// records returns the stanzas of n calls (a multiple of concurrentCalls), a millisecond apart.
func (o *office) records(n int) []trace.Record {
	all := make([]trace.Record, 0, n*stanzasPerCall)
	for range n / concurrentCalls {
		for _, stage := range callStages {
			for i := range concurrentCalls {
				o.at++
				all = append(all, trace.Record{Kind: trace.In, At: o.at, Raw: stanza((o.calls+i)%o.lines, o.calls+i, stage)})
			}
		}
		o.calls += concurrentCalls
	}
	return all
}

// settings returns the settings of an engine that learns the office's lines.
func settings() engine.Settings {
	return engine.Settings{Journal: "bench", Source: "pbx.example", Learn: true}
}

// newCore returns an engine that has learned every line of an office, and the office.
func newCore() (*engine.Core, *office) {
	c := engine.NewCore(settings(), newDialect())
	o := &office{lines: lineCount}
	for _, r := range o.records(lineCount) {
		c.Step(r)
	}
	return c, o
}

// eventsAndChanges returns the events and changes that a new engine makes of n calls, in order.
func eventsAndChanges(n int) (all []events.Event, changes []engine.Change) {
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
