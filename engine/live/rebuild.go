package live

import (
	"context"
	"fmt"
	"time"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
)

// Rebuild rebuilds what the journal knows and gives the start record of a loop on it.
// images are what Loop.Image gave earlier, newest first: the first usable one saves reading the events before it
// (decision A10); one of another format, or of events the journal does not have, is passed over.
func Rebuild(ctx context.Context, set engine.Settings, d engine.Dialect, j events.Journal, images ...[]byte) (trace.Record, error) {
	set.Journal = j.ID()
	c, from := engine.NewCore(set, d), j.First()
	for _, b := range images {
		if m := engine.ReadImage(b); m != nil && m.Seq <= j.Last() && m.Seq+1 >= j.First() {
			c.Restore(m)
			from = m.Seq + 1
			break
		}
	}
	read := j.Read
	if stanzaless, ok := j.(events.StanzalessReader); ok {
		read = stanzaless.ReadWithoutStanzas
	}
	err := c.Rebuild(read(ctx, from))
	if err != nil {
		return trace.Record{}, fmt.Errorf("engine: cannot rebuild from the journal: %w", err)
	}
	return c.StartRecord(events.MillisOf(time.Now()), false), nil
}
