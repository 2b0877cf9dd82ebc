package demo

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
)

// lineWriter lets several goroutines write lines to one writer.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *lineWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(b)
}

// errorLog keeps the errors of a log, since the log itself would disturb the demo's output.
type errorLog struct {
	mu  sync.Mutex
	all []string
}

func (p *errorLog) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bytes.Contains(b, []byte("level=ERROR")) {
		p.all = append(p.all, strings.TrimSpace(string(b)))
	}
	return len(b), nil
}

func (p *errorLog) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) == 0 {
		return nil
	}
	return errors.New(strings.Join(p.all, "\n"))
}

// eachLine calls f with every line of r, without its end.
func eachLine(r io.Reader, f func(string)) {
	s := bufio.NewReader(r)
	for {
		line, err := s.ReadString('\n')
		if line != "" {
			f(strings.TrimRight(line, "\n"))
		}
		if err != nil {
			return
		}
	}
}

// speechWriter prints only what a script's say lines tell people.
type speechWriter struct{ out io.Writer }

func (s speechWriter) Write(b []byte) (int, error) {
	if _, text, ok := bytes.Cut(b, []byte(`say "`)); ok {
		text, _, _ = bytes.Cut(text, []byte(`"`))
		if _, err := s.out.Write(append(append([]byte("\n"), text...), '\n')); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}
