package pbx

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// Emit writes n generated stanzas to every session of the user, as fast as the
// sockets accept them. It returns early if all sessions have ended.
func (s *Server) Emit(login string, n int, gen func(i int) []byte) error {
	return s.emitEach(login, n, func(_ *session, i int) []byte { return gen(i) })
}

func (s *Server) emitEach(login string, n int, gen func(ss *session, i int) []byte) error {
	if err := s.lock(); err != nil {
		return err
	}
	l, err := s.sessionsOf(login)
	outs := make([]*outbox, len(l))
	for k, ss := range l {
		outs[k] = ss.out
	}
	s.unlockAndAnnounce()
	for i := 0; i < n && err == nil; i++ {
		left := 0
		for k, ss := range l {
			if outs[k] != nil && !outs[k].putWait(gen(ss, i)) {
				outs[k] = nil
			}
			if outs[k] != nil {
				left++
			}
		}
		if left == 0 {
			err = fmt.Errorf("pbx: the session of %q ended after %d of %d stanzas", login, i, n)
		}
	}
	return err
}

// floodMark marks the place of the number in a template.
const floodMark = "offhook-flood-mark"

// Flood sends n rename events of the user's current call (or of an invented one)
// to the user's sessions, each with another name of the far party, counting up
// from "Flood 0", as fast as the sockets accept them.
func (s *Server) Flood(who string, n int) error {
	var l branch
	err := s.withUser(who, func(u *user) error {
		if now := u.currentBranch(); now != nil {
			l = *now
		} else if len(u.Devices) > 0 {
			d := &u.Devices[0]
			l = branch{call: &Call{s: s}, user: u, dev: d, channel: s.nextChannelName(d), target: u.party(), busySince: s.cfg.Now()}
		} else {
			return fmt.Errorf("pbx: %q has no phone to flood", who)
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.setFarParty(party{floodMark, l.farParty().number}, l.internal)
	templates := map[*session][][]byte{}
	return s.emitEach(l.user.Login, n, func(ss *session, i int) []byte {
		if templates[ss] == nil {
			templates[ss] = s.floodTemplate(&l, ss)
		}
		return slices.Concat(templates[ss][0], strconv.AppendInt([]byte("Flood "), int64(i), 10), templates[ss][1])
	})
}

func (s *Server) floodTemplate(l *branch, ss *session) [][]byte {
	var w xmlWriter
	w.open("message", "to", ss.jid, "from", s.eventAddress())
	w.Write(cmdPayload("base", func(w *xmlWriter) {
		c := *l
		c.call = &Call{s: s} // the real call may change meanwhile
		s.writeChannelEvent(w, &c, "rename")
	}))
	w.end("message")
	return bytes.SplitN(w.Bytes(), []byte(floodMark), 2)
}
