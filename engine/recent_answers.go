package engine

import "offhook/events"

// recentAnswers remembers which caller's call was answered when, to tell "answered elsewhere" (decision B3).
type recentAnswers struct{ queue []answer }

type answer struct {
	source string
	at     events.Millis
	line   string
	call   uint32
}

const answersLimit = 4096

func (x *recentAnswers) add(a answer, keep events.Millis) {
	n := 0
	for n < len(x.queue) && (x.queue[n].at < keep || len(x.queue)-n >= answersLimit) {
		x.queue[n] = answer{}
		n++
	}
	x.queue = append(x.queue[n:], a)
}

// answeredElsewhere says whether another call of the same source was answered since.
func (x *recentAnswers) answeredElsewhere(source string, since events.Millis, but *call) bool {
	if source == "" {
		return false
	}
	for i := len(x.queue) - 1; i >= 0 && x.queue[i].at >= since; i-- {
		if a := x.queue[i]; a.source == source && (a.call != but.number || a.line != but.view.Line) {
			return true
		}
	}
	return false
}
