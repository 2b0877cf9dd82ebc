package engine

import "offhook/events"

// Dialect is one PBX's way of saying what happens on its phones. It is pure: no I/O, no clock, no state between calls,
// so that a replay decodes as the live run did. The engine's resolver gives its observations their meaning.
type Dialect interface {
	// Name is the dialect's name in settings and logs, such as "pascom".
	Name() string
	// Decode reads one raw stanza into o, which the caller has reset. It never fails: what it cannot read becomes an
	// observation of kind ObsIgnored with a stable code. Strings in o may share memory with raw.
	Decode(raw string, where Origin, o *Observation)
	// Encode appends the one stanza that carries the command. The reply's observation has the same id; how id is written
	// on the wire is the dialect's matter. It is empty for a command that gets no reply ([CommandKind.HasReply]). A
	// command that the PBX has not appends nothing.
	Encode(b []byte, id string, c Command) []byte
	// Login is what to send when the session is up, in order (RFC 6120 clause 7 is done by then).
	Login(jid string, s LoginSettings) []Command
	// Traits say what this PBX can do, and by which means.
	Traits() Traits
}

// Traits are what differs between PBXes besides their protocol, as data. The zero value acts on calls by their channels
// and can do nothing.
type Traits struct {
	Offers     Actions // what the PBX can do at all and Encode can write (decision B11); the engine narrows it by call state
	Hold       Means   // ByDevice: a toggle key (decision B9); ByChannel: commands of their own to hold and to retrieve
	Transfer   Means   // ByDevice: a key of the device that carries both calls; ByChannel: any two calls of the line
	Conference Means   // as Transfer
	Answer     Means   // ByDevice: the device must have the capability (decision B10)
	HangupKey  bool    // a refused hang-up of a channel may be tried again with the device's key (decision B7)
	NeedsRole  string  // the role that other users' lines need, told at login ([UserInfo.Supervisor]); empty: none
}

// Means is how a PBX wants to be told which call a command acts on.
type Means uint8

// The means.
const (
	ByChannel Means = iota // the command names the call's channel
	ByDevice               // the command presses a key of the device that carries the call (keys.go)
)

// Origin is what a decoder must know about the session a stanza came from, to refuse strangers.
type Origin struct {
	JID    string // our bound full JID; empty in a bare file, where the stanza's own `to` stands for it
	Domain string // the PBX's XMPP domain; empty in a bare file: the domain of `to`
}

// LoginSettings narrow a login.
type LoginSettings struct {
	User       string // the login name as typed, without instance
	Supervisor bool   // subscribe with supervisor scope
	Version    string // offhook's version, told to the PBX
	To         string // `to` of commands; empty: none (decision C6)
	CallsOnly  bool   // subscribe to nothing but calls: no pickup group, no journal, no locations
}

// ObservationKind says what a stanza is about.
type ObservationKind uint8

// The kinds of observation.
const (
	ObsForeign    ObservationKind = iota // not the PBX's business: chat, presence of others, roster pushes; counted only
	ObsIgnored                           // in the PBX's namespace or unreadable, and of no use; Code and Text say why
	ObsChannel                           // something happened on one branch of a call
	ObsPickup                            // a call rings at a colleague, or no longer does
	ObsPhone                             // the state of a user's phones
	ObsReply                             // the reply to one of our commands; ID says to which
	ObsCallRecord                        // the PBX's own record of an ended call
	ObsRelocated                         // a user moved to another phone: read the user again
)

// ChannelKind is what happened on a branch, in neutral words; the comments name pascom's (decision B2).
type ChannelKind uint8

// What may happen on a branch.
const (
	ChannelRinging     ChannelKind = iota + 1 // ringing: rings here (inbound) or was dialled (outbound)
	ChannelTalking                            // busy: the user talks
	ChannelHeld                               // hold
	ChannelRetrieved                          // unhold
	ChannelTransferred                        // transfer: the user began to hand the call over
	ChannelRenamed                            // rename: the parties' names or numbers changed
	ChannelRedirected                         // redirect: sent on to somebody else
	ChannelEnded                              // hangup
)

// ReplyKind is how the PBX answered.
type ReplyKind uint8

// The answers.
const (
	ReplyOK     ReplyKind = iota + 1 // accepted
	ReplyFailed                      // refused; Text has the PBX's words
	ReplyError                       // an IQ error (RFC 6120 clause 8.3); Text has its condition
	ReplyUser                        // what is known of a user: Found is filled
	ReplyUsers                       // a list of users: Users is filled
	ReplyOther                       // an answer with other content
)

// Observation is what one stanza says, before anybody knows what it means for a call. Decoders fill it; text may
// borrow from the raw stanza.
type Observation struct {
	Kind ObservationKind
	To   string // bare JID's local part of the stanza's `to`: whose session it was sent to

	// ObsChannel
	Channel ChannelKind
	Facts   events.CallFacts // Channel, Device, Outbound, Internal, Source, Target, Forwarder, Display, TalkSince, Cause, RefChannel
	User    string           // the owner the PBX named, in its spelling; empty if it named none

	// ObsPickup
	Offered bool
	Pickup  events.PickupFacts // without Line; the line is User, else the session's own

	// ObsPhone: User is the owner
	Phone events.PhoneState

	// ObsReply
	ID    string // the id that Encode was given
	Reply ReplyKind
	Named bool // it has content of the dialect's own, which no other server would send
	Found UserInfo
	Users []string // user names of the roster

	// ObsCallRecord: User is the owner
	Record CallRecord

	// ObsIgnored, and the words of a refusal
	Code, Text string
}

// UserInfo is what the PBX says of one user.
type UserInfo struct {
	User       string // the PBX's spelling
	Name       string
	Extension  string
	Enabled    bool
	Supervisor bool
	Devices    []events.Device // roaming location first, then static, in document order (decision B10)
}

// CallRecord is the PBX's own record of an ended call.
type CallRecord struct {
	Number  string // the far party
	Inbound bool
	At      events.Millis
	Result  string
}

// CommandKind is what a command asks of the PBX.
type CommandKind uint8

// The commands, by what they are for. The dialect's [Traits] say which part of a target counts.
const (
	CmdPresence         CommandKind = iota + 1 // say that the session is there (decision C1); gets no reply
	CmdLogin                                   // log in to the PBX: Login, JID
	CmdFindUser                                // ask for one user: Number is the user's name, empty for our own
	CmdRoster                                  // ask for the names of all users
	CmdDial                                    // call Number
	CmdPickup                                  // take the call that rings at Number
	CmdAnswer                                  // take the ringing call Target
	CmdHold                                    // hold the call Target
	CmdRetrieve                                // take the held call Target back
	CmdHangup                                  // end the branch Target
	CmdHangupDevice                            // press the hang-up key of Target's device
	CmdBlindTransfer                           // send the talking call Target to Number
	CmdRedirect                                // send the ringing call Target to Number
	CmdCompleteTransfer                        // connect the far parties of Target and Other, one held and one talking
	CmdConference                              // make one conversation of Target and Other
)

// HasReply says whether the PBX replies to such a command. Presence is never replied to (RFC 6121 clause 4).
func (k CommandKind) HasReply() bool { return k != CmdPresence }

// Target is the branch that a command acts on, by both names that a PBX may know it under.
type Target struct{ Channel, Device string }

// Command is one thing to ask of the PBX.
type Command struct {
	Kind   CommandKind
	User   string // act for this user (supervisor); empty for the session's own
	Target Target
	Other  Target // the second call of a transfer or conference
	Number string
	Login  LoginSettings // CmdLogin
	JID    string        // CmdLogin: our full JID
}

var channelKindNames = [...]string{"nothing", "ringing", "talking", "hold", "resume", "transfer", "rename", "redirect", "hangup"}

// String is the kind's word.
func (k ChannelKind) String() string {
	if int(k) < len(channelKindNames) {
		return channelKindNames[k]
	}
	return "nothing"
}
