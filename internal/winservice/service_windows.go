package winservice

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"

	"offhook/internal/control"
	"offhook/internal/eventid"
	"offhook/internal/exitcode"
	"offhook/internal/support"
)

// maxLog is the size in bytes at which the service's log begins a new file.
const maxLog = 5 << 20

// service is a daemon under the Service Control Manager.
type service struct {
	daemon Daemon
	log    *slog.Logger
}

// Run runs the daemon until the Service Control Manager stops the service. It does not ask whether the Service Control
// Manager started this process, which Wine answers wrongly: a person who calls it gets that service's own error.
func Run(d Daemon, log *slog.Logger) error {
	return svc.Run(control.ServiceName, &service{d, log})
}

// OpenLog returns a logger that writes into the log file of a directory and into the event log, and what closes it.
func OpenLog(dir string) (*slog.Logger, func(), error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("the log directory cannot be made: %w", err)
	}
	file, err := support.OpenRollingLog(filepath.Join(dir, "offhook.log"), maxLog)
	if err != nil {
		return nil, nil, err
	}
	h := slog.Handler(slog.NewTextHandler(file, &slog.HandlerOptions{Level: slog.LevelInfo}))
	closers := []io.Closer{file}
	if sink, err := eventlog.Open(control.ServiceName); err == nil {
		h = eventHandler{Handler: h, sink: sink, format: eventText, counts: &eventCounts{}}
		closers = append(closers, sink)
	}
	return slog.New(h), func() {
		for _, c := range closers {
			_ = c.Close()
		}
	}, nil
}

const accepted = svc.AcceptStop | svc.AcceptShutdown | svc.AcceptPowerEvent

// Events of a power change (WM_POWERBROADCAST's wParam).
const (
	powerSuspend         = 0x4
	powerResumeSuspend   = 0x7
	powerResumeAutomatic = 0x12
)

// Execute implements svc.Handler.
func (s *service) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	status <- svc.Status{State: svc.StartPending, WaitHint: 10_000}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.daemon.Run(ctx) }()
	go watchNetwork(ctx, s.daemon.CheckSession, s.log)
	status <- svc.Status{State: svc.Running, Accepts: accepted}
	for {
		select {
		case err := <-ended: // without a stop: the recovery actions start it again
			s.log.Error("the service ends by itself", "error", err)
			return true, exitcode.Failed
		case q := <-requests:
			switch q.Cmd {
			case svc.Interrogate:
				status <- q.CurrentStatus
			case svc.PowerEvent:
				s.power(q.EventType)
			case svc.Stop, svc.Shutdown:
				status <- svc.Status{State: svc.StopPending, WaitHint: 20_000}
				cancel()
				return s.stop(ended)
			}
		}
	}
}

// stop waits for the daemon's end. The daemon has a watchdog of its own, for a shorter time.
func (s *service) stop(ended <-chan error) (bool, uint32) {
	select {
	case err := <-ended:
		if err != nil {
			s.log.Error("the service did not end in order", "error", err)
			return true, exitcode.Failed
		}
	case <-time.After(18 * time.Second):
		s.log.Error("the daemon does not end in time; the process is terminated", eventid.StopTookTooLong.Attr())
	}
	return false, 0
}

// power has the session checked after sleep, during which the connection was most likely lost.
func (s *service) power(event uint32) {
	switch event {
	case powerSuspend:
		s.log.Info("the machine goes to sleep")
	case powerResumeAutomatic, powerResumeSuspend:
		s.log.Info("the machine woke up; the session is checked")
		s.daemon.CheckSession()
	}
}
