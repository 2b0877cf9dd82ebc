package nats

import (
	"errors"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"offhook/internal/pack"
)

// Errors besides those of package events.
var (
	// ErrConfig says that the Config cannot be used.
	ErrConfig = errors.New("nats: unusable setting")
	// ErrLocked says that another program holds the directory.
	ErrLocked = errors.New("nats: the directory is in use")
	// ErrUnavailable says that the server cannot be reached or does not start.
	ErrUnavailable = errors.New("nats: no journal server")
	// ErrTooLarge says that one event or snapshot is beyond the limits; trying again is useless.
	ErrTooLarge = pack.ErrTooLarge
)

// Codes of the server's refusals that the client library does not name.
const (
	codeStoreFailed = 10077 // its description says why, such as "maximum bytes exceeded"
)

// refusal is the server's own word, nil if err is none: whatever was published is known not to be stored.
func refusal(err error) *jetstream.APIError {
	var e *jetstream.APIError
	if errors.As(err, &e) {
		return e
	}
	var j jetstream.JetStreamError
	if errors.As(err, &j) && j.APIError() != nil {
		return j.APIError()
	}
	return nil
}

// outrun says that the stream's last sequence is not the one we named.
func outrun(err error) bool {
	e := refusal(err)
	return e != nil && (e.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		e.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// oversize says that the message can never be stored.
func oversize(err error) bool {
	e := refusal(err)
	return errors.Is(err, client.ErrMaxPayload) || e != nil && e.ErrorCode == jetstream.JSErrCodeStreamMessageExceedsMaximum
}

// atLimit says that the stream is at its configured size: the server is well, only full.
func atLimit(err error) bool {
	e := refusal(err)
	return e != nil && e.ErrorCode == codeStoreFailed &&
		(e.Description == "maximum bytes exceeded" || e.Description == "maximum messages exceeded")
}
