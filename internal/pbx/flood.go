package pbx

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// Emit writes n generated stanzas to every session of the user, as fast as the
// sockets take them. It returns early when all of them are gone.
func (s *Server) Emit(login string, n int, gen func(i int) []byte) error {
	return s.emitEach(login, n, func(_ *session, i int) []byte { return gen(i) })
}

func (s *Server) emitEach(login string, n int, gen func(ss *session, i int) []byte) error {
	if err := s.enter(); err != nil {
		return err
	}
	l, err := s.sessionsOf(login)
	outs := make([]*outbox, len(l))
	for k, ss := range l {
		outs[k] = ss.out
	}
	s.leave()
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

// floodMark stands in a template where the number goes.
const floodMark = "offhook-flood-mark"

// Flood sends n rename events of the user's current call (or of a made-up one)
// to his own sessions, each with another name of the far party, counting up
// from "Flood 0", as fast as the sockets take them.
func (s *Server) Flood(who string, n int) error {
	var l leg
	err := s.verb(who, func(u *user) error {
		if now := u.current(); now != nil {
			l = *now
		} else if len(u.Devices) > 0 {
			d := &u.Devices[0]
			l = leg{call: &Call{s: s}, user: u, dev: d, channel: s.nextChannel(d), target: u.party(), busySince: s.cfg.Now()}
		} else {
			return fmt.Errorf("pbx: %q has no phone to flood", who)
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.setFar(party{floodMark, l.far().number}, l.internal)
	templates := map[*session][][]byte{}
	return s.emitEach(l.user.Login, n, func(ss *session, i int) []byte {
		if templates[ss] == nil {
			templates[ss] = s.floodTemplate(&l, ss)
		}
		return slices.Concat(templates[ss][0], strconv.AppendInt([]byte("Flood "), int64(i), 10), templates[ss][1])
	})
}

func (s *Server) floodTemplate(l *leg, ss *session) [][]byte {
	var w xmlw
	w.open("message", "to", ss.jid, "from", s.eventAddress())
	w.Write(cmdPayload("base", func(w *xmlw) {
		c := *l
		c.call = &Call{s: s} // the real one may change meanwhile
		s.channelEvent(w, &c, "rename")
	}))
	w.end("message")
	return bytes.SplitN(w.Bytes(), []byte(floodMark), 2)
}
