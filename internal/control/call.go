package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// ErrNoDaemon: nobody serves the address; the daemon does not run, or not with that data directory.
var ErrNoDaemon = errors.New("no daemon answers")

// Call asks the daemon at an address (DefaultAddress gives the usual one) and returns what it answered. A refusal is an
// *Error; then values may hold details. ErrNoDaemon when nobody listens. It ends with ctx, at the latest after Patience.
func Call(ctx context.Context, address, verb string, v Values) (Values, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	conn, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return exchange(ctx, conn, verb, v)
}

// exchange is one request and its answer.
func exchange(ctx context.Context, conn net.Conn, verb string, v Values) (Values, error) {
	b, err := request{verb, v}.append(nil)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	_, failed := conn.Write(b) // a daemon that is busy answers without reading: its answer counts
	a, err := readAnswer(conn)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("control: %s is not answered: %w", verb, ctx.Err())
	case err != nil && failed != nil:
		return nil, fmt.Errorf("control: %s cannot be sent: %w", verb, failed)
	case err != nil:
		return nil, fmt.Errorf("control: the answer to %s: %w", verb, err)
	case a.refused != nil:
		return a.values, a.refused
	}
	return a.values, nil
}
