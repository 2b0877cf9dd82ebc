package pbx

import (
	"math"
	"strconv"
	"time"
)

// maxCallRecords bounds the call records kept per user.
const maxCallRecords = 500

type callRecord struct {
	id                  int
	at                  time.Time
	inbound, internal   bool
	duration, connected int // seconds; both 0: missed
	device              string
	far                 party
	result, details     string
}

// addCallRecord adds the record of a call to its user's records, once the call has ended for the user.
func (s *Server) addCallRecord(l *branch) {
	e := callRecord{
		at: l.call.begunAt, inbound: !l.outbound && !l.ownPhoneFirst, internal: l.internal,
		device: l.dev.Name, far: l.farParty(), result: l.recordResult,
	}
	if e.result == "" {
		e.result = "hangup"
	}
	if !l.busySince.IsZero() {
		// A connected call of less than one second must not count as missed.
		now := s.cfg.Now()
		e.connected = max(1, int(math.Ceil(now.Sub(l.busySince).Seconds())))
		e.duration = max(e.connected, int(math.Ceil(now.Sub(l.call.begunAt).Seconds())))
	}
	s.storeCallRecord(l.user, e)
}

// addMissedRecord adds the record of a call for which no phone could ring.
func (s *Server) addMissedRecord(u *user, source party, at time.Time, internal bool) {
	s.storeCallRecord(u, callRecord{at: at, inbound: true, internal: internal, far: source, result: "hangup"})
}

func (s *Server) storeCallRecord(u *user, e callRecord) {
	s.recordNo++
	e.id = s.recordNo
	u.callRecords = append(u.callRecords, e)
	if len(u.callRecords) > maxCallRecords {
		u.callRecords = u.callRecords[1:]
	}
	s.publish("journal", "JournalEntry", func(o *user) bool { return o == u }, nil, func(w *xmlWriter) {
		s.writeCallRecord(w, u, e)
	})
}

func (s *Server) writeCallRecord(w *xmlWriter, u *user, e callRecord) {
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

// writeCallRecords writes a user's newest records, newest first.
func (s *Server) writeCallRecords(w *xmlWriter, u *user, limit int) {
	w.open("JournalList")
	for i := len(u.callRecords) - 1; i >= 0 && limit > 0; i, limit = i-1, limit-1 {
		s.writeCallRecord(w, u, u.callRecords[i])
	}
	w.end("JournalList")
}
