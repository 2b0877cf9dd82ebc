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
	// ErrTooLarge says that one event or engine image is larger than the limits allow. Trying again is useless.
	ErrTooLarge = pack.ErrTooLarge
)

// Codes of the server's refusals that the client library does not name.
const (
	codeStoreFailed = 10077 // its description says why, such as "maximum bytes exceeded"
)

// apiError returns the server's refusal in err, nil if err is no refusal. A refused message is not stored.
func apiError(err error) *jetstream.APIError {
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

// wrongLastSequence reports whether the server refused a message because the stream's last sequence is not the expected
// one.
func wrongLastSequence(err error) bool {
	e := apiError(err)
	return e != nil && (e.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		e.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// tooLarge reports whether the message is larger than the server ever stores.
func tooLarge(err error) bool {
	e := apiError(err)
	return errors.Is(err, client.ErrMaxPayload) || e != nil && e.ErrorCode == jetstream.JSErrCodeStreamMessageExceedsMaximum
}

// storeLimitReached reports whether the stream has its configured size. The server works then; reopening it does not help.
func storeLimitReached(err error) bool {
	e := apiError(err)
	return e != nil && e.ErrorCode == codeStoreFailed &&
		(e.Description == "maximum bytes exceeded" || e.Description == "maximum messages exceeded")
}
