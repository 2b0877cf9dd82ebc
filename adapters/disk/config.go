package disk

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Sync says how durable an acknowledged append is.
type Sync int

// The levels of durability.
const (
	SyncInterval Sync = iota // a power cut may take what was appended in the last ten seconds before the machine went quiet
	SyncAlways               // nothing
)

// syncEvery is how long an append may leave the disk unasked with SyncInterval.
const syncEvery = 10 * time.Second

// Config says where a journal is and how it is kept. Dir is needed.
type Config struct {
	Dir       string
	Sync      Sync
	KeepAge   time.Duration // remove segments whose newest event is older; 0 keeps them
	KeepBytes int64         // remove the oldest segments beyond this size; 0 keeps them
	Segment   int64         // bytes at which a segment is closed; 0 means 4 MiB
	Log       *slog.Logger  // nil means slog.Default()
}

// Errors besides those of package events.
var (
	// ErrConfig says that the directory cannot be used.
	ErrConfig = errors.New("disk: unusable setting")
	// ErrLocked says that another program holds the directory.
	ErrLocked = errors.New("disk: the directory is in use")
)

func (c Config) settled() (Config, error) {
	switch {
	case c.Dir == "":
		return c, fmt.Errorf("%w: Dir is needed", ErrConfig)
	case c.KeepAge < 0 || c.KeepBytes < 0 || c.Segment < 0:
		return c, fmt.Errorf("%w: a limit below zero", ErrConfig)
	}
	if c.Segment == 0 {
		c.Segment = 4 << 20
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}
