package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sys/windows"
)

// networkSettles is how long the network must be quiet before it counts as another one: a cable that is plugged in
// makes a dozen changes.
const networkSettles = time.Second

// networkChanged is signalled by the system's callback. A callback cannot be given back, so there is one for the process.
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

// watchNetwork calls changed when the machine's addresses changed and then stayed a while.
func watchNetwork(ctx context.Context, changed func(), log *slog.Logger) {
	var h windows.Handle
	if err := windows.NotifyUnicastIpAddressChange(windows.AF_UNSPEC, networkCallback(), nil, false, &h); err != nil {
		log.Info("changes of the network are not told by this system; the session finds out by itself", "error", err)
		return
	}
	defer windows.CancelMibChangeNotify2(h)
	settled(ctx, networkChanged, func() {
		log.Info("the network changed; the session is looked after")
		changed()
	})
}

// settled calls f each time that signals have come and then stayed away for networkSettles.
func settled(ctx context.Context, signals <-chan struct{}, f func()) {
	var quiet <-chan time.Time
	for {
		select {
		case <-signals:
			quiet = time.After(networkSettles)
		case <-quiet:
			quiet = nil
			f()
		case <-ctx.Done():
			return
		}
	}
}
