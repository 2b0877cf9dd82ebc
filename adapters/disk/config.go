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
	SyncInterval Sync = iota // a power cut may lose appends since the last flush; an append flushes if that is 10 s ago
	SyncAlways               // a power cut loses nothing: each append waits for the disk
)

// syncEvery is how old the last flush must be for an append to flush, with SyncInterval.
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

// withDefaults returns the config with its defaults, or ErrConfig.
func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Dir == "":
		return c, fmt.Errorf("%w: Dir is needed", ErrConfig)
	case c.KeepAge < 0 || c.KeepBytes < 0 || c.Segment < 0:
		return c, fmt.Errorf("%w: KeepAge, KeepBytes and Segment must not be negative", ErrConfig)
	}
	if c.Segment == 0 {
		c.Segment = 4 << 20
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}
