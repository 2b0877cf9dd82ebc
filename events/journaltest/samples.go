package journaltest

import (
	"fmt"
	"strings"

	"offhook/events"
)

// Body is a body of type t with every field set, each to a value of its own.
func Body(t events.Type) events.Body {
	switch {
	case t.IsCall():
		return events.NewCall(t, callFacts)
	case t == events.LineLearned || t == events.LineRemoved:
		return events.NewLine(t, lineFacts())
	case t == events.LinePhoneChanged:
		return events.NewPhone("anna", events.PhoneInCall)
	case t == events.LinePickupOffered || t == events.LinePickupWithdrawn:
		return events.NewPickup(t, events.PickupFacts{Line: "anna", Colleague: "bert", Number: "12",
			Caller: events.Party{Number: "+49301", Name: "Zoë"}})
	case t == events.InputIgnored:
		return events.NewIgnored("anna", "SIP/7", "stranger", "no such user")
	case t == events.NoticeRaised:
		return events.NewNotice(events.NoticeFacts{Severity: events.SeverityWarning, Code: "user-unknown", Text: "no such user", Line: "anna"})
	case t == events.RequestIssued || t == events.RequestSent:
		return events.NewRequest(t, events.RequestFacts{ID: 9, Kind: events.SetupTransfer, Line: "anna", Call: 4, Other: 5,
			Number: "*21#", Queued: true, Asker: asker})
	case t == events.RequestFinished:
		return events.NewFinished(events.FinishedFacts{ID: 9, Kind: events.Dial, Line: "anna", Call: 4,
			Result: events.ResultBadAddress, Text: "invalid", Asker: asker})
	case t == events.TimerFired:
		return events.NewTimer(events.TimerFacts{Name: "grace", Line: "anna", Call: 4, Request: 9})
	}
	return events.NewSession(t, events.SessionFacts{JID: "anna@pbx/offhook", Domain: "pbx", Code: "reset", Text: "lost"})
}

var asker = events.Asker{Frontend: "tapi", Principal: "outlook.exe", Ref: 70}

var callFacts = events.CallFacts{Line: "anna", Call: 1<<32 - 1, Channel: "SIP/7-0001", Device: "Tischgerät 7", Outbound: true,
	Internal: true, Source: events.Party{Number: "10", Name: "Anna Ö."}, Target: events.Party{Number: "20", Name: "Bert"},
	Forwarder: events.Party{Number: "30", Name: "Queue"}, Display: "mailbox", TalkSince: 1700000000123,
	Reason: events.ReasonPickup, Cause: events.ReasonNoAnswer, Request: 8, RefChannel: "SIP/8-0002"}

func lineFacts() events.LineFacts {
	return events.LineFacts{Line: "anna", User: "Anna", Name: "Anna Österberg", Address: "10", Permanent: 77,
		Supervisor: true, Devices: []events.Device{
			{Name: "Desk", Kind: "snom", Roaming: true, Known: true, Capabilities: []string{"dial", "hold"}},
			{Name: "Mobile", Kind: "gsm"}}}
}

// Event is a sample event of type t with number seq and the raw stanza.
func Event(t events.Type, journal string, seq uint64, raw string) events.Event {
	at := events.Millis(1700000000000 + int64(seq))
	return events.New(at, journal, "pbx.example", events.Cause{Raw: raw, Input: 3 * seq}, Body(t)).Numbered(seq)
}

// EventOfVersion is [Event] as a program with that version of the codec stored it, without what its codec had no room for.
func EventOfVersion(version int, t events.Type, journal string, seq uint64, raw string) events.Event {
	e := Event(t, journal, seq, raw)
	if version >= 2 {
		return e
	}
	body := e.Body()
	switch b := body.(type) { // version 1 did not store who made a request
	case events.Request:
		f := b.Facts()
		f.Asker = events.Asker{}
		body = events.NewRequest(b.Type(), f)
	case events.Finished:
		f := b.Facts()
		f.Asker = events.Asker{}
		body = events.NewFinished(f)
	}
	return events.New(e.At(), e.Journal(), e.Source(), e.Cause(), body).Numbered(e.Seq())
}

// Raw is a sample stanza, about as long as a PBX's, that names n.
func Raw(n uint64) string {
	return fmt.Sprintf("<message from='pbx.example' id='%d'><body>%s</body></message>", n, strings.Repeat("call ", 150))
}

// Batch is count events from number first, the types in turn. Two neighbours at a time share a stanza, every fifth
// event has none.
func Batch(journal string, first uint64, count int) []events.Event {
	types := events.Types()
	batch := make([]events.Event, count)
	for i := range batch {
		n := first + uint64(i)
		raw := Raw(n / 2)
		if n%5 == 0 {
			raw = ""
		}
		batch[i] = Event(types[n%uint64(len(types))], journal, n, raw)
	}
	return batch
}
