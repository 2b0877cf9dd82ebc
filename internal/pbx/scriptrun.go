package pbx

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// defaultWait is how long `wait` waits if its line has no timeout.
const defaultWait = 10 * time.Second

// action is one executable line.
type action func(ctx context.Context, r *scriptRun) error

type actionVerb struct {
	usage    string
	min, max int
	parse    func(args []string) (action, error)
}

type scriptRun struct {
	s     *Server
	out   io.Writer
	speed float64
	start time.Time
}

// RunScript runs a script's actions on s. It refuses setup lines but a single
// `office default`, since a running server has its office already; for those use
// ParseScript, Script.Config and Start. It writes each executed line to out with
// its time in seconds. Speed 2 is twice as fast; with 0 or less it does not wait
// for times. It returns at the first line that fails, or when ctx ends.
func RunScript(ctx context.Context, s *Server, r io.Reader, out io.Writer, speed float64) error {
	sc, err := ParseScript(r)
	if err != nil {
		return err
	}
	if sc.startsEmpty() || sc.officeWord == "generated" || len(sc.setup) > 1 {
		return fmt.Errorf("%w: it has setup lines: use Script.Config and Start, then Script.Run", ErrScript)
	}
	return sc.Run(ctx, s, out, speed)
}

// Run runs the actions; see RunScript.
func (sc *Script) Run(ctx context.Context, s *Server, out io.Writer, speed float64) error {
	r := &scriptRun{s: s, out: out, speed: speed, start: time.Now()}
	for _, l := range sc.lines {
		if l.at >= 0 && speed > 0 {
			due := r.start.Add(r.scaled(l.at))
			if err := r.sleep(ctx, time.Until(due)); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w stopped before line %d: %w", ErrScript, l.number, context.Cause(ctx))
		}
		_, _ = fmt.Fprintf(out, "%8.3f  %s\n", time.Since(r.start).Seconds(), replaceControls(l.text))
		if err := l.run(ctx, r); err != nil {
			return fmt.Errorf("%w line %d: %s: %w", ErrScript, l.number, l.text, err)
		}
	}
	return nil
}

// replaceControls replaces control characters of a script, which could disturb the terminal.
func replaceControls(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
}

// scaled returns a script's time as real time.
func (r *scriptRun) scaled(d time.Duration) time.Duration {
	if r.speed <= 0 {
		return 0
	}
	return time.Duration(float64(d) / r.speed)
}

func (r *scriptRun) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-r.s.done:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("%w stopped: %w", ErrScript, context.Cause(ctx))
	}
}

// waitAction returns an action that runs fn with the timeout of the line.
func waitAction(args []string, fn func(ctx context.Context, s *Server, name string) error) (action, error) {
	timeout := defaultWait
	if len(args) == 2 {
		d, err := parseDuration(args[1])
		if err != nil {
			return nil, err
		}
		timeout = d
	}
	return func(ctx context.Context, r *scriptRun) error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return fn(ctx, r.s, args[0])
	}, nil
}
