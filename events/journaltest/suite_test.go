package journaltest

import (
	"testing"

	"offhook/events"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) func() events.Journal {
		return func() events.Journal { return events.NewMemory("m") }
	}, Volatile)
}
