// Package pascom is the dialect of the pascom (mobydick) telephone system: its command API over XMPP, read into
// neutral observations and written from neutral commands. It has no side effects: no I/O, no clock, no state between calls, safe
// for any number of goroutines.
//
// # Reading
//
// [Dialect.Decode] reads one raw stanza in three steps; a step that cannot read a stanza leaves it to the next:
//   - predict: the children of a ChannelEvent in the order the PBX writes them, compared with literals;
//   - scan: a strict scanner for simple ChannelEvent, PickupEvent and presence stanzas, in any order of children;
//   - tree: encoding/xml for everything else: prefixes, CDATA, comments, nested elements, odd attributes, IQs.
//
// The first two allocate nothing unless text holds entities; strings are parts of the raw stanza. What they accept,
// encoding/xml accepts with the same fields: a differential fuzz test holds them to that.
//
// # Which senders it trusts
//
// Any contact can send a message with a cmd child. A payload counts only from pbx.DOMAIN (compared case-folded), where
// DOMAIN is the session's or, in a bare file, that of `to`. A stanza without `from` counts only as an IQ result or
// error; replies also count from the own JID, its server and the address commands are sent to. Everything else
// in the pascom namespace is ignored as "stranger". Only direct children of a stanza are payloads: a carbon copy or a
// forwarded message that holds one is foreign.
//
// # Which payload
//
// One stanza is one observation. Of several payloads (in one cmd or several) the first of a known name counts, else
// the first names what was ignored. Of a field written twice both must agree, else the event is ignored as
// "bad-field". A field may be an element or, failing that, an attribute. The module attribute is not looked at: the
// PBX itself writes base where its own documentation says location.
//
// # Codes of ignored stanzas
//
//   - malformed: no well-formed XML, too deep or too large
//   - stranger: a payload from a sender that is not the PBX
//   - unknown-event-type: a ChannelEvent or PickupEvent of an unknown type; the text names it
//   - missing-field, bad-field: the text names the field
//   - not-used: an element of the namespace that offhook does not use; the text names it
//   - empty: a cmd without a payload
//
// # Text
//
// Names, labels and the PBX's words are one line of at most 256 bytes without control and direction characters. Numbers
// lose their blanks and are empty when withheld. Channels, devices and users must go back as they came: they are kept
// verbatim, and refused when no PBX could have meant them (too long, with control characters). Of the questions the
// documentation leaves open, username and device are read as element or attribute; eventDetails gives a cause where
// one table knows its words; refChannel and the forwarder are passed on as they are.
//
// # Writing
//
// [Dialect.Encode] writes every command as an IQ of type get, escaped, without characters XML cannot hold. The switches
// for what PBX versions do differently are in [Options].
package pascom
