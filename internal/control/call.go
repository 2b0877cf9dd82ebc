package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// ErrNoDaemon says that no daemon serves the address: none runs, or it runs with another data directory.
var ErrNoDaemon = errors.New("no daemon answers")

// Call sends a verb to the daemon at an address (DefaultAddress returns the usual one) and returns its response. A refusal
// is an *Error, and then the values may hold details. Without a daemon the error is ErrNoDaemon. Call ends with ctx, at the
// latest after ExchangeTimeout.
func Call(ctx context.Context, address, verb string, v Values) (Values, error) {
	ctx, cancel := context.WithTimeout(ctx, ExchangeTimeout)
	defer cancel()
	conn, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return exchange(ctx, conn, verb, v)
}

// exchange sends one request and reads its response.
func exchange(ctx context.Context, conn net.Conn, verb string, v Values) (Values, error) {
	b, err := request{verb, v}.appendTo(nil)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	_, failed := conn.Write(b) // a busy daemon responds without reading, so the response is read even if this failed
	a, err := readResponse(conn)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("control: no response to %s: %w", verb, ctx.Err())
	case err != nil && failed != nil:
		return nil, fmt.Errorf("control: %s cannot be sent: %w", verb, failed)
	case err != nil:
		return nil, fmt.Errorf("control: the response to %s: %w", verb, err)
	case a.refusal != nil:
		return a.values, a.refusal
	}
	return a.values, nil
}
