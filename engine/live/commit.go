package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/eventid"
	"offhook/internal/trace"
)

// commit appends events to the journal and then passes on what followed from them, until the queue is closed and empty. The
// outputs that arrive while one pack is being appended become the next pack (group commit, decision A8).
func (l *Loop) commit(ctx context.Context) error {
	defer l.feed.close()
	var spare []queuedOutput
	for {
		items, done := l.queue.takeAll(spare)
		if done {
			return nil
		}
		if len(items) == 0 {
			spare = items // it was swapped for the old spare, which is the queue's now
			select {
			case <-l.queue.notEmpty:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		if err := l.commitAll(ctx, items); err != nil {
			return err
		}
		clear(items)
		spare = items
	}
}

func (l *Loop) commitAll(ctx context.Context, items []queuedOutput) error {
	pack := make([]events.Event, 0, events.PackEvents)
	for start := 0; start < len(items); {
		pack, size, end := pack[:0], 0, start
		for ; end < len(items) && len(pack) < events.PackEvents && size < events.PackBytes; end++ {
			if items[end].Kind == engine.OutEvent {
				pack = append(pack, items[end].Event)
				size += queuedBytes(&items[end].Output)
			}
		}
		for end < len(items) && items[end].Kind != engine.OutEvent { // what follows from the pack's last event
			end++
		}
		if len(pack) > 0 {
			if err := l.append(ctx, pack); err != nil {
				return err
			}
		}
		l.publish(items[start:end])
		start = end
	}
	return nil
}

// append stores a pack; while the journal cannot, it tries again and after a while closes the session (decision A9).
func (l *Loop) append(ctx context.Context, pack []events.Event) error {
	first := pack[0].Seq()
	var began time.Time
	dropped := false
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := l.cfg.Journal.Append(ctx, first, pack)
		if err == nil {
			if dropped {
				l.showOutage(false)
			}
			if !began.IsZero() {
				l.recovered(began)
			}
			return nil
		}
		if errors.Is(err, events.ErrConflict) || errors.Is(err, events.ErrClosed) || ctx.Err() != nil {
			return fmt.Errorf("engine: event %d cannot be journaled: %w", first, err)
		}
		if began.IsZero() {
			began = time.Now()
			l.setStalled(began)
			l.log.Error("the journal does not acknowledge; nothing is shown until it does", eventid.Journal.Attr(), "event", first, "error", err)
		}
		if !dropped && time.Since(began) >= closeSessionAfter {
			dropped = true
			l.log.Error("the journal has not acknowledged for a while; the session to the PBX is closed", eventid.Journal.Attr(), "for", time.Since(began))
			l.cfg.Session.Drop("journal")
			l.showOutage(true)
		}
		pause := wait
		if !dropped {
			pause = min(wait, closeSessionAfter-time.Since(began))
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

func (l *Loop) setStalled(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stalledSince = at
}

// recovered puts the gap into the timeline. It must not wait for the queue, which its own goroutine empties.
func (l *Loop) recovered(began time.Time) {
	l.setStalled(time.Time{})
	text := fmt.Sprintf("the journal did not acknowledge for %s", time.Since(began).Round(time.Millisecond))
	l.log.Info("the journal acknowledges again", "after", time.Since(began))
	go l.Put(context.Background(), trace.Record{Kind: trace.Gap, Code: "journal", Text: text}) // ends with the loop at the latest
}

// publish passes on what followed from durable events: changes to the feed, commands to the session.
func (l *Loop) publish(items []queuedOutput) {
	changes := make([]*engine.Change, 0, len(items))
	for i := range items {
		switch it := &items[i]; it.Kind {
		case engine.OutChange:
			changes = append(changes, it.Change)
			l.lastShown.record(it.Change)
			if it.Change.Kind == engine.NoticeRaised {
				l.cfg.Notice(it.Change)
			}
		case engine.OutSend:
			l.commands <- it.Raw
		case engine.OutClose:
			l.cfg.Session.Drop(it.Raw)
		case outSnapshot:
			l.feed.append(changes)
			changes = changes[:0]
			if it.at.snapshot != nil {
				it.at.position = l.feed.position()
				l.lastShown.recordSnapshot(it.at.snapshot)
			}
			it.reply <- it.at
		}
	}
	l.feed.append(changes)
}

// sendCommands writes commands to the PBX. While one write waits, only the next commands wait behind it.
func (l *Loop) sendCommands() {
	for raw := range l.commands {
		if err := l.cfg.Session.Send([]byte(raw)); err != nil {
			l.log.Warn("a command was not sent", "error", err)
		}
	}
}
