package winservice

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sys/windows"
)

// settleTime is how long no change may come before the network counts as changed: plugging in a cable makes a dozen
// changes.
const settleTime = time.Second

// networkChanged gets a signal from the system's callback. Go cannot release a callback, so there is one for the process.
var (
	networkChanged  = make(chan struct{}, 1)
	networkCallback = sync.OnceValue(func() uintptr {
		return windows.NewCallback(func(_, _, _ uintptr) uintptr {
			select {
			case networkChanged <- struct{}{}:
			default:
			}
			return 0
		})
	})
)

// watchNetwork calls changed when the machine's addresses changed and then stayed the same for settleTime.
func watchNetwork(ctx context.Context, changed func(), log *slog.Logger) {
	var h windows.Handle
	if err := windows.NotifyUnicastIpAddressChange(windows.AF_UNSPEC, networkCallback(), nil, false, &h); err != nil {
		log.Info("this system does not report network changes; the session finds out by itself", "error", err)
		return
	}
	defer windows.CancelMibChangeNotify2(h)
	afterSettling(ctx, networkChanged, func() {
		log.Info("the network changed; the session is checked")
		changed()
	})
}

// afterSettling calls f when signals came and then none came for settleTime.
func afterSettling(ctx context.Context, signals <-chan struct{}, f func()) {
	var quiet <-chan time.Time
	for {
		select {
		case <-signals:
			quiet = time.After(settleTime)
		case <-quiet:
			quiet = nil
			f()
		case <-ctx.Done():
			return
		}
	}
}
