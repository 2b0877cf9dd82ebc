package main

import (
	"fmt"
	"os"
	"sync"
)

// rollingLog is a log file that is put aside when it is full; the one put aside before goes.
type rollingLog struct {
	mu   sync.Mutex
	name string
	max  int64
	file *os.File
	size int64
	head func() []byte // what every file begins with; may be nil
}

// openRolling goes on with a log file, for its owner alone.
func openRolling(name string, max int64) (*rollingLog, error) {
	l := &rollingLog{name: name, max: max}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("the log cannot be written: %w", err)
	}
	return l, nil
}

func (l *rollingLog) open() error {
	f, err := os.OpenFile(l.name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, info.Size()
	return nil
}

// Write appends a line. A full file becomes NAME.1.
func (l *rollingLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return 0, os.ErrClosed
	}
	if l.size > 0 && l.size+int64(len(b)) > l.max {
		l.roll()
	}
	n, err := l.file.Write(b)
	l.size += int64(n)
	return n, err
}

// roll puts the file aside; when that fails (somebody has it open), writing goes on in the old one, which then begins anew.
func (l *rollingLog) roll() {
	l.file.Close()
	_ = os.Remove(l.name + ".1")
	moved := os.Rename(l.name, l.name+".1")
	if err := l.open(); err != nil {
		l.file = nil
		return
	}
	if moved != nil && l.file.Truncate(0) == nil {
		l.size = 0
	}
	if l.head != nil && l.size == 0 {
		n, _ := l.file.Write(l.head()) // what fails here fails again with the line
		l.size += int64(n)
	}
}

// Roll puts the file aside now, if there is anything in it.
func (l *rollingLog) Roll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil && l.size > 0 {
		l.roll()
	}
}

// Size is how large the file is.
func (l *rollingLog) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size
}

// Close ends it.
func (l *rollingLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
