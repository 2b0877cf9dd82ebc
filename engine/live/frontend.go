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

// Request is what a frontend asks for.
type Request struct {
	Kind      events.RequestKind
	Line      string // the line's key or address
	Call      uint32 // the call it concerns; 0 for none
	Other     uint32 // the second call of a CompleteTransfer, SwapHold or Conference
	Number    string // where to, as the PBX is to get it
	Dialled   string // the same as it was dialled, for the barring rules; empty: as Number
	Principal string // who asks, as the frontend knows it; may be empty
	Ref       uint32 // the frontend's own number of the request; its changes carry it with the frontend's name
}

// Asker takes requests of one frontend into the timeline. Their outcomes come as changes (RequestAccepted, RequestEnded)
// that carry the frontend's name and its Ref.
type Asker interface {
	// Ask puts the request into the timeline and returns the number that the engine gives it. The changes that follow from
	// the request may be read before Ask returns. Ask returns ErrOverloaded when the journal does not keep up (decision A9)
	// and ErrStopped when the loop has ended, and the error of Config.Barring for a number that may not be dialled;
	// nothing happened then.
	Ask(ctx context.Context, r Request) (id uint32, err error)
}

// Errors of the live loop.
var (
	ErrOverloaded = errors.New("engine: the journal does not keep up; try again later")
	ErrStopped    = errors.New("engine: stopped")
)
