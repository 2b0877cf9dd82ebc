package engine

import (
	"context"
	"errors"
	"time"

	"offhook/events"
)

// Frontend shows calls to somebody and passes on what they ask for: TAPI, a browser, a terminal. Frontends are given
// to the loop by argument at start; one that is slow or gone never slows the engine or another one.
type Frontend interface {
	// Name names it in logs; two frontends of one loop must not share a name.
	Name() string
	// Run shows changes until ctx is done. An error is logged and the frontend is started again after a while.
	Run(ctx context.Context, changes *Reader, ask Asker) error
}

// Asker takes requests into the timeline. Their outcomes come as changes (RequestAccepted, RequestEnded).
type Asker interface {
	// Ask puts the request into the timeline. It returns ErrOverloaded when the journal does not keep up (decision A9)
	// and ErrStopped when the loop has ended; nothing happened then.
	Ask(ctx context.Context, r events.RequestFacts) error
}

// Errors of the live loop.
var (
	ErrOverloaded = errors.New("engine: the journal does not keep up; try again later")
	ErrStopped    = errors.New("engine: stopped")
)

// Snapshot is everything that is true as of a position.
type Snapshot struct {
	Pos   Position
	At    events.Millis // the time of the last change up to there
	Lines []LineView
	Calls []CallView // those that are not idle
}

// Timers are the durations of the engine's one table of deadlines (decision A2). All are settings; zero takes the
// default.
type Timers struct {
	SessionGrace time.Duration // a lost session is hidden this long; default 5 s
	Request      time.Duration // an unanswered request fails; default 10 s
	DropGuard    time.Duration // a call whose Drop was accepted ends without the PBX's word; default 10 s
	DropRetry    time.Duration // a refused Drop waits for the hangup; default 2 s (decision B7)
	OwnRing      time.Duration // after a Dial: its own ring, and its first event at all; default 60 s
	Offering     time.Duration // a call that only rings; default 2 min
	Branch       time.Duration // a further phone may join a ringing call; default 2 s
	HoldBack     time.Duration // an inbound ring from the own number is held back; default 3 s (decision B6)
	Key          time.Duration // a pressed hold key is in flight; default 5 s (decision B9)
	Redirected   time.Duration // a redirected call without hangup on a free phone; default 5 s
	StaleFree    time.Duration // a stale call on a free phone; default 3 s (decision B13)
	Closed       time.Duration // ended branches are remembered; default 30 s
	Evidence     time.Duration // "answered elsewhere" is looked for this far back; default 2 s (decision B3)
	Pair         time.Duration // two sides of an internal call begin this close; default 5 s (decision B12)
	Transfer     time.Duration // a hangup after "transfer" is the transfer's; default 30 s (decision B2)
	RingCycle    time.Duration // a ringing call is shown to ring again; default off (decision B14)
}
