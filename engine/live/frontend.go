package live

import (
	"context"
	"errors"

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
