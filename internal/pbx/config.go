package pbx

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// ErrConfig is wrapped by every error about a Config.
var ErrConfig = errors.New("pbx: bad configuration")

// DefaultMaxStanza is the size in bytes above which a client's stanza ends its stream.
const DefaultMaxStanza = 256 << 10

// DefaultRingTimeout is how long a call rings before it ends unanswered.
const DefaultRingTimeout = 60 * time.Second

// SASL mechanisms a Config may offer.
const (
	ScramSHA256 = "SCRAM-SHA-256"
	ScramSHA1   = "SCRAM-SHA-1"
	Plain       = "PLAIN"
)

// DialMode says what base.Dial makes the user's phone do (decision B4).
type DialMode int

const (
	// DialRemote: the phone dials by remote control; the first event is an outbound ringing.
	DialRemote DialMode = iota
	// DialOwnPhone: the PBX rings the own phone first (ringing, outbound=false); when it is
	// answered the same channel becomes outbound and the target is called.
	DialOwnPhone
)

// OwnPhoneParty says which parties are shown while the own phone rings in DialOwnPhone (decision B4).
type OwnPhoneParty int

const (
	// ShowOwn: source is the own extension, target the dialled number (decision B6).
	ShowOwn OwnPhoneParty = iota
	// ShowDialled: source is the dialled number, target the own extension.
	ShowDialled
	// ShowEmpty: no source at all, target the own extension.
	ShowEmpty
)

// Config describes an office and how its PBX behaves. The zero value of every
// field but Domain and Users is usable.
type Config struct {
	Domain     string   // XMPP domain, e.g. "mobydick"; events come from pbx.<Domain>
	Listen     string   // TCP address, default 127.0.0.1:0
	Hosts      []string // host names and IPs of the certificate besides localhost and 127.0.0.1, ::1
	Mechanisms []string // offered SASL mechanisms, default all three

	Users        []User
	Queues       []Queue
	PickupGroups map[string][]string // group name → logins

	DialMode      DialMode
	OwnPhoneShows OwnPhoneParty
	CountryCode   string // e.g. "49": national numbers are signalled as 0049…; empty: as dialled
	MailboxCode   string // feature code of the own voicemail, default "*100"

	AnswerDelay    time.Duration // outside parties answer after this; 0: only by AnswerFar
	DialDelay      time.Duration // between Success of base.Dial and its first event
	OwnAnswerDelay time.Duration // DialOwnLeg: the own phone is lifted after this; 0: only by Answer
	RingTimeout    time.Duration // unanswered calls end after this, default 60 s, negative: never

	PingEvery   time.Duration // XEP-0199 ping of every session; 0: never
	PingTimeout time.Duration // a session that does not answer a ping for this long is closed, default 10 s

	Wire      Wire
	MaxStanza int              // bytes, default DefaultMaxStanza
	Now       func() time.Time // wall clock of timestamps, default time.Now
	Logger    *slog.Logger     // default: discards
}

// UsernameForm says where a ChannelEvent names its user.
type UsernameForm int

// The forms. The published samples are older than the name and have none.
const (
	UsernameElement UsernameForm = iota
	UsernameAttribute
	UsernameNone
)

// Wire chooses between variants that the published protocol leaves open.
type Wire struct {
	Username      UsernameForm
	ChannelPrefix string // "SIP" (default) or "PJSIP"
	OmitDevice    bool   // ChannelEvents without device
	FarRinging    bool   // a second outbound ringing when the far side rings
	RefChannel    bool   // refChannel holds the channel of an internal peer
	FromParty     bool   // fromName/fromNumber hold the party that transferred or redirected the call
}

// User is a telephone user. Login is compared case-folded, as XMPP does; events
// have the spelling of this field.
type User struct {
	Login, Password, Name, Extension string
	Roles                            []Role
	Devices                          []Device // document order; the first is "the phone"
	Disabled                         bool     // cannot log in
	CallWaiting                      bool     // rings while already talking
	Unregistered                     bool     // no phone registered: /phone unavailable, calls fail
}

// Role is a role of a user. Without Types it is sent without RoletypeList.
type Role struct {
	Name  string
	Types []string
}

// Supervisor returns the role that sees and acts for all users.
func Supervisor() Role {
	return Role{Name: "Supervisors", Types: []string{"xmpp.supervisor", "xmpp.group"}}
}

// Device is a phone. Its Name is free text that is sent unchanged.
type Device struct {
	Name, Type string   // Type default "Generic SIP Phone"
	Peer       string   // SIP peer in channel names, default derived from the extension
	Caps       []string // dial, hangup, hold, offhook, transfer, conference, …
	Roaming    bool     // belongs to the roaming location
}

// Queue is a queue: an XMPP user that cannot log in.
type Queue struct {
	Login, Name, Extension string   // Login begins with q_
	Members                []string // logins that ring
}

// AllCaps returns the capabilities that commands need.
func AllCaps() []string {
	return []string{"dial", "hangup", "hold", "offhook", "transfer", "conference"}
}

func (c Config) withDefaults() Config {
	set := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	set(&c.Listen, "127.0.0.1:0")
	set(&c.MailboxCode, "*100")
	set(&c.Wire.ChannelPrefix, "SIP")
	if len(c.Mechanisms) == 0 {
		c.Mechanisms = []string{ScramSHA256, ScramSHA1, Plain}
	}
	if c.RingTimeout == 0 {
		c.RingTimeout = DefaultRingTimeout
	}
	if c.PingTimeout <= 0 {
		c.PingTimeout = 10 * time.Second
	}
	if c.MaxStanza <= 0 {
		c.MaxStanza = DefaultMaxStanza
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) validate() error {
	if c.Domain == "" || strings.ContainsAny(c.Domain, "@/ <>\"'&") {
		return fmt.Errorf("%w: domain %q: set Config.Domain to a plain name such as mobydick", ErrConfig, c.Domain)
	}
	for _, m := range c.Mechanisms {
		if m != ScramSHA256 && m != ScramSHA1 && m != Plain {
			return fmt.Errorf("%w: mechanism %q: choose from %s, %s, %s", ErrConfig, m, ScramSHA256, ScramSHA1, Plain)
		}
	}
	return nil
}
