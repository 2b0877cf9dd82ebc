package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
)

// lines is a writer that several goroutines may use, a line each.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(b)
}

// problems keeps the errors of a log, to show them where a log would disturb.
type problems struct {
	mu  sync.Mutex
	all []string
}

func (p *problems) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bytes.Contains(b, []byte("level=ERROR")) {
		p.all = append(p.all, strings.TrimSpace(string(b)))
	}
	return len(b), nil
}

func (p *problems) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) == 0 {
		return nil
	}
	return errors.New(strings.Join(p.all, "\n"))
}

// eachLine gives every line of r to f, without its end.
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

// spoken shows of a script's log only what it says to people.
type spoken struct{ out io.Writer }

func (s spoken) Write(b []byte) (int, error) {
	if _, text, ok := bytes.Cut(b, []byte(`say "`)); ok {
		text, _, _ = bytes.Cut(text, []byte(`"`))
		if _, err := s.out.Write(append(append([]byte("\n"), text...), '\n')); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}
