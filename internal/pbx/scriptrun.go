package pbx

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// waitPreset is how long `wait` waits when its line says nothing.
const waitPreset = 10 * time.Second

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

// RunScript plays a script's actions against s. Setup lines are refused: a
// running server has its office; use ParseScript, Script.Config and Start.
// `office default` alone is let pass. Each executed line is written to out with
// its time in seconds. Speed 2 is twice as fast; 0 or less does not wait for
// times at all. It returns at the first line that fails, or when ctx ends.
func RunScript(ctx context.Context, s *Server, r io.Reader, out io.Writer, speed float64) error {
	sc, err := ParseScript(r)
	if err != nil {
		return err
	}
	if sc.empty() || sc.office == "generated" || len(sc.setup) > 1 {
		return fmt.Errorf("%w: it describes an office: start one with Script.Config first, then Script.Run", ErrScript)
	}
	return sc.Run(ctx, s, out, speed)
}

// Run plays the actions; see RunScript.
func (sc *Script) Run(ctx context.Context, s *Server, out io.Writer, speed float64) error {
	r := &scriptRun{s: s, out: out, speed: speed, start: time.Now()}
	for _, l := range sc.lines {
		if l.at >= 0 && speed > 0 {
			due := r.start.Add(r.scale(l.at))
			if err := r.sleep(ctx, time.Until(due)); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w stopped before line %d: %w", ErrScript, l.no, context.Cause(ctx))
		}
		_, _ = fmt.Fprintf(out, "%8.3f  %s\n", time.Since(r.start).Seconds(), printable(l.text))
		if err := l.run(ctx, r); err != nil {
			return fmt.Errorf("%w line %d: %s: %w", ErrScript, l.no, l.text, err)
		}
	}
	return nil
}

// printable keeps control characters of a script off the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
}

// scale is a script's time as real time.
func (r *scriptRun) scale(d time.Duration) time.Duration {
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

// wait runs fn with the line's own deadline.
func wait(args []string, fn func(ctx context.Context, s *Server, name string) error) (action, error) {
	timeout := waitPreset
	if len(args) == 2 {
		d, err := duration(args[1])
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
