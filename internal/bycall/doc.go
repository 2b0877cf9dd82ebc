// Package bycall is a second dialect, for tests only: a made-up PBX that is as unlike pascom as the engine allows. What
// both do through the same engine, projection and checks is what the engine can do for any PBX.
//
// # The protocol
//
// All payloads are of the namespace urn:offhook:bycall:1 and travel in messages from and to the call service, a JID of its
// own (setting bycall-service). There is no IQ.
//
//	<message from="calls.branch" to="ilund@branch/offhook"><event xmlns="urn:offhook:bycall:1" user="ilund">
//	 <party call="c-7" leg="2" state="ringing" direction="in" device="desk"><near number="41"/><far number="0711" name="Vogt"/></party>
//	</event></message>
//
// A call has one id for the whole PBX, and a leg for each party; the two together are what the engine calls a channel
// (c-7/2). An event tells a party's state, not what happened: dialled, alerting, ringing, talking, held, moving (it is
// being handed over), sent (to somebody else), left. A talking party that was held is a retrieved one. left may say why.
// <phones state="idle|busy|off"/> in an event tells the state of a user's phones.
//
//	<message to="calls.branch"><order xmlns="urn:offhook:bycall:1" ref="oh-3"><hold call="c-7" leg="2"/></order></message>
//	<message from="calls.branch" to="ilund@branch/offhook"><reply xmlns="urn:offhook:bycall:1" ref="oh-3" ok="true"/></message>
//
// An order names its command by ref, and the reply has it again; a server's error message holds the order. A reply may
// hold one user, or users. Orders: follow (log in), user, users, dial, answer, hold, retrieve, leave, send, join, conference.
//
// # What it can do
//
// It acts on calls by their channels only: no keys, no capabilities, any held and any talking call can be joined. Nobody
// needs a role to see all lines. It has no pickup.
//
// # Whom it believes
//
// Nobody but the call service: other senders of its namespace are ignored as "stranger". A stanza has at most 64 KiB, a
// text at most 256 bytes of one line. Codes of ignored stanzas: malformed, stranger, bad-field, not-used.
package bycall
