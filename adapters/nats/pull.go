package nats

import (
	"context"
	"fmt"
	"time"

	client "github.com/nats-io/nats.go"
)

// pull is one request for many messages.
type pull struct{ sub *client.Subscription }

// startPull asks the server for messages; a says from which sequence and how many at most.
func (l *link) startPull(stream string, a getRequest) (pull, error) {
	inbox := l.nc.NewInbox()
	sub, err := l.nc.SubscribeSync(inbox)
	if err == nil {
		err = l.nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, a.encode())
	}
	if err != nil {
		pull{sub}.close()
		return pull{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return pull{sub}, nil
}

// close ends the request; messages still under way are dropped.
func (p pull) close() {
	if p.sub != nil {
		_ = p.sub.Unsubscribe()
	}
}

// receive calls use with each message of the answer and its sequence, at least once. wait bounds the time for one message.
func (p pull) receive(ctx context.Context, wait time.Duration, use func(seq uint64, m *client.Msg) error) error {
	for n := 0; ; n++ {
		within, cancel := context.WithTimeout(ctx, wait)
		m, err := p.sub.NextMsgWithContext(within)
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		case m.Header.Get("Status") == "204" && n > 0: // end of the batch
			return nil
		}
		seq, err := streamSequence(m)
		if err == nil {
			err = use(seq, m)
		}
		if err != nil {
			return err
		}
	}
}
