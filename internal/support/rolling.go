package support

import (
	"fmt"
	"os"
	"sync"
)

// RollingLog is a log file that is renamed to NAME.1 when it is full, in place of the file that had that name.
type RollingLog struct {
	mu   sync.Mutex
	name string
	max  int64
	file *os.File
	size int64
	head func() []byte // returns what every file begins with; may be nil
}

// OpenRollingLog opens a log file to append to it; a new one is readable by its owner alone. max is in bytes.
func OpenRollingLog(name string, max int64) (*RollingLog, error) {
	l := &RollingLog{name: name, max: max}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("the log cannot be written: %w", err)
	}
	return l, nil
}

// open opens the file; the lock is held.
func (l *RollingLog) open() error {
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
func (l *RollingLog) Write(b []byte) (int, error) {
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

// roll renames the file and opens a new one. If renaming fails (another program has the file open), the file is emptied.
func (l *RollingLog) roll() {
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

// Roll renames the file now, unless it is empty.
func (l *RollingLog) Roll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil && l.size > 0 {
		l.roll()
	}
}

// Size returns the size of the file in bytes.
func (l *RollingLog) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size
}

// Close closes the file; later writes fail.
func (l *RollingLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
