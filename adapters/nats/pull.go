package nats

import (
	"context"
	"fmt"
	"time"

	client "github.com/nats-io/nats.go"
)

// pull is one request for many messages.
type pull struct{ sub *client.Subscription }

// pull asks for messages; a says from which sequence and how many at most.
func (l *link) pull(stream string, a ask) (pull, error) {
	inbox := l.nc.NewInbox()
	sub, err := l.nc.SubscribeSync(inbox)
	if err == nil {
		err = l.nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, a.bytes())
	}
	if err != nil {
		pull{sub}.drop()
		return pull{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return pull{sub}, nil
}

// drop forgets the request; what is still under way is thrown away.
func (p pull) drop() {
	if p.sub != nil {
		_ = p.sub.Unsubscribe()
	}
}

// receive hands all messages of the answer to take, at least one, each with its sequence. wait bounds the time for one.
func (p pull) receive(ctx context.Context, wait time.Duration, take func(seq uint64, m *client.Msg) error) error {
	for n := 0; ; n++ {
		one, cancel := context.WithTimeout(ctx, wait)
		m, err := p.sub.NextMsgWithContext(one)
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		case m.Header.Get("Status") == "204" && n > 0: // end of the batch
			return nil
		}
		seq, err := sequence(m)
		if err == nil {
			err = take(seq, m)
		}
		if err != nil {
			return err
		}
	}
}
