package xmpp

import (
	"sync"
	"testing"
	"time"
)

// recorder is a sink that keeps everything and lets tests wait.
type recorder struct {
	mu    sync.Mutex
	list  []note
	news  chan struct{}
	block func(what, text string) // called outside the lock
}

type note struct {
	what, text string
	at         time.Time
	reason     Reason
	info       Info
}

func newRecorder() *recorder { return &recorder{news: make(chan struct{}, 1)} }

func (r *recorder) add(n note) {
	r.mu.Lock()
	r.list = append(r.list, n)
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
	if r.block != nil {
		r.block(n.what, n.text)
	}
}

func (r *recorder) Up(i Info, at time.Time) { r.add(note{what: "up", text: i.JID, at: at, info: i}) }
func (r *recorder) Stanza(b []byte, at time.Time) {
	r.add(note{what: "stanza", text: string(b), at: at})
}
func (r *recorder) Skipped(why string, n int, at time.Time) {
	r.add(note{what: "skipped", text: why, at: at})
}
func (r *recorder) Sent(b []byte, at time.Time) { r.add(note{what: "sent", text: string(b), at: at}) }
func (r *recorder) Down(why Reason, at time.Time) {
	r.add(note{what: "down", text: string(why.Code), at: at, reason: why})
}

func (r *recorder) notes() []note {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]note(nil), r.list...)
}

// wait waits until n notes of a kind are there and returns the last of them.
func (r *recorder) wait(t testing.TB, what string, n int) note {
	t.Helper()
	limit := time.After(12 * time.Second)
	for {
		seen := 0
		for _, x := range r.notes() {
			if x.what == what {
				if seen++; seen == n {
					return x
				}
			}
		}
		select {
		case <-r.news:
		case <-limit:
			t.Fatalf("no %q number %d; have %v", what, n, r.notes())
		}
	}
}

func (r *recorder) texts(what string) (out []string) {
	for _, x := range r.notes() {
		if x.what == what {
			out = append(out, x.text)
		}
	}
	return out
}
