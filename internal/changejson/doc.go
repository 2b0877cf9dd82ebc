// Package changejson is the one JSON form of what changed in lines and calls, in words that belong neither to a PBX nor to
// TAPI. The web page, NATS subjects and hooks send it; `offhook replay --format changes` prints it. docs/integrate/json-changes.md is
// the public interface and a test holds it to the structs here.
//
// [Encoder.Change] makes an object of each change, [Encoder.Snapshot] one of a snapshot, from which a reader goes on. The
// JSON form of package fact is another one: it says what followed from an input, TAPI messages included. A newcomer begins
// with change.go.
package changejson
