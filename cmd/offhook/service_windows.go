package main

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
	"offhook/internal/support"
)

// maxLog is how large the service's log file grows before it is put aside.
const maxLog = 5 << 20

// service is offhook under the Service Control Manager.
type service struct {
	runner *runner
	log    *slog.Logger
}

// beService runs until the Service Control Manager says stop. Whether this process was started by it is not asked: Wine
// gives the wrong answer, and a person who types this gets the Service Control Manager's own error.
func beService(s streams) error {
	root, err := productRoot()
	if err != nil {
		return err
	}
	log, closeLog, err := serviceLog(filepath.Join(root, "log"))
	if err != nil {
		return err
	}
	defer closeLog()
	args := []string{"run"} // settings and state are where the product's are
	r := newRunner(args, log, s.out)
	r.patient = true
	if _, err := (passwords{dir: root}).takeDropped(); err != nil {
		log.Error("a password that was laid down cannot be taken", eventid.PasswordNotAccepted.Attr(), "error", err)
	}
	r.beside = (&caretaker{log: log}).keep
	return svc.Run(control.ServiceName, &service{r, log})
}

// serviceLog is the log file and the event log.
func serviceLog(dir string) (*slog.Logger, func(), error) {
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
		h = eventLog{Handler: h, sink: sink, format: eventText, told: &toldEvents{}}
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

// Execute is the service's life.
func (s *service) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	status <- svc.Status{State: svc.StartPending, WaitHint: 10_000}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.runner.run(ctx) }()
	go watchNetwork(ctx, s.runner.kick, s.log)
	status <- svc.Status{State: svc.Running, Accepts: accepted}
	for {
		select {
		case err := <-ended: // nobody asked for it: the recovery actions start it anew
			s.log.Error("the service ends by itself", "error", err)
			return true, exitFailed
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

// stop waits for the end, which has its own watchdog; this one is for what comes behind it.
func (s *service) stop(ended <-chan error) (bool, uint32) {
	select {
	case err := <-ended:
		if err != nil {
			s.log.Error("the service did not end in order", "error", err)
			return true, exitFailed
		}
	case <-time.After(18 * time.Second):
		s.log.Error("the daemon does not end in time and is ended hard", eventid.StopTookTooLong.Attr())
	}
	return false, 0
}

// power reacts to sleep: what the PBX said meanwhile is lost, and the connection most likely too.
func (s *service) power(event uint32) {
	switch event {
	case powerSuspend:
		s.log.Info("the machine goes to sleep")
	case powerResumeAutomatic, powerResumeSuspend:
		s.log.Info("the machine woke up; the session is looked after")
		s.runner.kick()
	}
}

// kick tells the session that the network may be another one.
func (r *runner) kick() {
	if d, _ := r.daemonNow(); d != nil {
		d.xmpp.Kick()
	}
}
