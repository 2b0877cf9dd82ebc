package pbx

import (
	"math"
	"strconv"
	"time"
)

// journalKeep bounds the entries kept per user.
const journalKeep = 500

type journalEntry struct {
	id                  int
	at                  time.Time
	inbound, internal   bool
	duration, connected int // seconds; both 0: missed
	device              string
	far                 party
	result, details     string
}

// journalize writes the owner's entry for a call that ended for him.
func (s *Server) journalize(l *leg) {
	e := journalEntry{
		at: l.call.began, inbound: !l.outbound && !l.own, internal: l.internal,
		device: l.dev.Name, far: l.far(), result: l.result,
	}
	if e.result == "" {
		e.result = "hangup"
	}
	if !l.busySince.IsZero() {
		// A talk below one second must not look missed.
		now := s.cfg.Now()
		e.connected = max(1, int(math.Ceil(now.Sub(l.busySince).Seconds())))
		e.duration = max(e.connected, int(math.Ceil(now.Sub(l.call.began).Seconds())))
	}
	s.enterJournal(l.user, e)
}

// missed notes a call that could not even ring.
func (s *Server) missed(u *user, source party, at time.Time, internal bool) {
	s.enterJournal(u, journalEntry{at: at, inbound: true, internal: internal, far: source, result: "hangup"})
}

func (s *Server) enterJournal(u *user, e journalEntry) {
	s.journalNo++
	e.id = s.journalNo
	u.journal = append(u.journal, e)
	if len(u.journal) > journalKeep {
		u.journal = u.journal[1:]
	}
	s.publish("journal", "JournalEntry", func(o *user) bool { return o == u }, nil, func(w *xmlw) {
		s.writeJournalEntry(w, u, e)
	})
}

func (s *Server) writeJournalEntry(w *xmlw, u *user, e journalEntry) {
	w.open("JournalEntry", "eventId", strconv.Itoa(e.id), "eventType", "create",
		"userId", strconv.Itoa(u.id), "userName", u.Login)
	w.leaf("id", strconv.Itoa(e.id))
	w.number("timestamp", e.at.UnixMilli())
	w.flag("inbound", e.inbound)
	w.flag("internal", e.internal)
	w.number("duration", int64(e.duration))
	w.number("connected", int64(e.connected))
	w.leaf("deviceId", "")
	w.leaf("deviceName", e.device)
	w.leaf("locationId", "")
	w.leaf("locationName", u.location)
	w.leaf("name", e.far.name)
	w.leaf("number", e.far.number)
	w.leaf("prefix", "")
	w.leaf("result", e.result)
	w.leaf("resultDetails", e.details)
	w.leaf("via", "")
	w.leaf("viaDetails", "")
	w.leaf("extension", u.Extension)
	w.leaf("recordId", "")
	w.end("JournalEntry")
}

// writeJournal lists a user's newest entries, newest first.
func (s *Server) writeJournal(w *xmlw, u *user, limit int) {
	w.open("JournalList")
	for i := len(u.journal) - 1; i >= 0 && limit > 0; i, limit = i-1, limit-1 {
		s.writeJournalEntry(w, u, u.journal[i])
	}
	w.end("JournalList")
}
