// Package xmpp keeps an XMPP session with a PBX and cuts its byte stream into stanzas. A dialect
// reads what the stanzas mean (package pascom below).
//
// # The session
//
// A [Session] logs in, stays logged in and tells a [Sink] everything in one order:
//
//	s, err := xmpp.New(cfg, sink)   // checks the settings
//	go s.Run(ctx)                   // until ctx is done; never ends for another reason
//	s.Send(stanza)                  // one stanza, one write
//
//	Up → (Stanza | Skipped | Sent)* → Down → Up → …
//
// One goroutine reads. A sink that blocks stops the reading, so memory stays bounded and the
// server is slowed down; the ping deadline stands still meanwhile (decision A9).
//
// The library's transport connects, starts TLS and opens streams; its stanza types say what is
// exchanged. The library's client is not used: it delivers stanzas out of order, loses sessions and
// sends the password in clear on a second connection. The order of a login is
//
//	TCP → relay → stream → STARTTLS → stream → SASL → our own stream header → bind → (session) → Up
//
// The relay is a loopback connection of our own between the library and the server, because the
// library neither shows its connection nor takes a deadline: with it every wait ends in time, from
// any goroutine and without a data race (see relay). After SASL success the server is silent until
// we open the next stream; there the [Splitter] takes over from the library's decoder, which reads
// ahead and would lose stanzas later (decision A14).
//
// # What ends a session, and what does not
//
// A well-formed stanza never ends a session: nested messages, wild priorities, unknown name spaces.
// Stanzas that are too large or nested too deep are skipped in the stream and reported. Malformed XML, stream errors,
// an unanswered ping and a broken connection do; then Run logs in again with full jitter between
// Backoff.Min and Backoff.Max. After a conflict it waits at least 60 s (decision C2). Refused
// logins are spaced 0, 1, 5, 15 and 30 minutes and end after five until the password changes or
// Retry is called (decision C3); failures that say nothing about the password are not counted.
//
// # Trust
//
// The password is sent only after STARTTLS with a certificate for the host (not the XMPP domain), or
// with a pinned key. SCRAM servers must prove that they know the password. Nothing secret reaches
// the sink, the log or an error. IQ answers to our own questions are matched by id, type and sender.
package xmpp
