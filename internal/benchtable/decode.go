package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"

	"offhook/engine"
	"offhook/events"
)

// xmlChannelEvent is the struct into which encoding/xml decodes a ChannelEvent.
type xmlChannelEvent struct {
	XMLName xml.Name `xml:"message"`
	To      string   `xml:"to,attr"`
	From    string   `xml:"from,attr"`
	Cmd     struct {
		Module  string `xml:"module,attr"`
		Channel struct {
			EventType      string `xml:"eventType"`
			EventID        string `xml:"eventId"`
			EventDetails   string `xml:"eventDetails"`
			Outbound       bool   `xml:"outbound"`
			Internal       bool   `xml:"internal"`
			SourceName     string `xml:"sourceName"`
			SourceNumber   string `xml:"sourceNumber"`
			SourceCallerID string `xml:"sourceCallerIdName"`
			TargetName     string `xml:"targetName"`
			TargetCallerID string `xml:"targetCallerIdName"`
			TargetNumber   string `xml:"targetNumber"`
			BusySince      int64  `xml:"busySince"`
			RefChannel     string `xml:"refChannel"`
			Device         string `xml:"device"`
			FromName       string `xml:"fromName"`
			FromNumber     string `xml:"fromNumber"`
			Username       string `xml:"username"`
		} `xml:"ChannelEvent"`
	} `xml:"http://www.pascom.net/mobydick cmd"`
}

// benchDecode compares the dialect's decoder with encoding/xml on one ChannelEvent.
func benchDecode(b *bench) error {
	raw := stanza(7, 7, "ringing")
	text := []byte(raw)
	d, o := newDialect(), engine.Observation{}
	where := engine.Origin{JID: "switch@pbx.example/offhook", Domain: "pbx.example"}
	var failed error
	reflected := repeat(100, func() {
		var w xmlChannelEvent
		failed = errors.Join(failed, xml.Unmarshal(text, &w))
	})
	borrowed := repeat(4000, func() {
		o = engine.Observation{}
		d.Decode(raw, where, &o)
	})
	owning := repeat(4000, func() {
		o = engine.Observation{}
		d.Decode(strings.Clone(raw), where, &o)
	})
	t, err := b.alternate(reflected, owning, borrowed)
	if err != nil || failed != nil {
		return errors.Join(err, failed)
	}
	if o.Kind != engine.ObsChannel || o.Facts.Channel == "" {
		return errors.New("the stanza was not read")
	}
	b.add(row{name: "decode a ChannelEvent vs encoding/xml, owning", value: t[0] / t[1], unit: "x", floor: 15, aim: 25, detail: formatDuration(t[1]) + " vs " + formatDuration(t[0])})
	b.add(row{name: "decode a ChannelEvent vs encoding/xml, borrowed", value: t[0] / t[2], unit: "x", floor: 30, aim: 45, detail: formatDuration(t[2]) + " vs " + formatDuration(t[0])})
	return nil
}

// jsonEvent is a call event as encoding/json would store it.
type jsonEvent struct {
	Seq, Input            uint64
	At                    events.Millis
	Journal, Source, Name string
	Facts                 events.CallFacts
}

// jsonCallEvents returns the call events of a list as JSON.
func jsonCallEvents(all []events.Event) (texts [][]byte, err error) {
	for _, e := range all {
		if c, ok := e.Body().(events.Call); ok {
			t, err := json.Marshal(jsonEventOf(e, c))
			if err != nil {
				return nil, err
			}
			texts = append(texts, t)
		}
	}
	return texts, nil
}

func jsonEventOf(e events.Event, c events.Call) jsonEvent {
	return jsonEvent{e.Seq(), e.Cause().Input, e.At(), e.Journal(), e.Source(), e.Name(), c.Facts()}
}

// benchCodec compares the journal's event codec with encoding/json on one call event.
func benchCodec(b *bench) error {
	all, _ := eventsAndChanges(concurrentCalls)
	e := all[len(all)-1]
	c, ok := e.Body().(events.Call)
	if !ok {
		return errors.New("the last event is no call event")
	}
	p := jsonEventOf(e, c)
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	bin := e.AppendBinary(nil)
	var buf []byte
	var failed error
	t, err := b.alternate(
		repeat(1000, func() { _, err := json.Marshal(p); failed = errors.Join(failed, err) }),
		repeat(10000, func() { buf = e.AppendBinary(buf[:0]) }),
		repeat(1000, func() { var q jsonEvent; failed = errors.Join(failed, json.Unmarshal(text, &q)) }),
		repeat(10000, func() { _, _, err := events.Decode(bin, ""); failed = errors.Join(failed, err) }))
	if err != nil || failed != nil {
		return errors.Join(err, failed)
	}
	b.add(row{name: "event codec vs encoding/json, encode", value: t[0] / t[1], unit: "x", detail: formatDuration(t[1]) + " vs " + formatDuration(t[0])})
	b.add(row{name: "event codec vs encoding/json, decode", value: t[2] / t[3], unit: "x", detail: formatDuration(t[3]) + " vs " + formatDuration(t[2])})
	return nil
}
