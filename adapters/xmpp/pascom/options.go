package pascom

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrOption says that a setting of the dialect cannot be used.
var ErrOption = errors.New("pascom: bad setting")

// Settings of the questions that pascom's documentation leaves open. The zero value of [Options] is the default.
const (
	DialUsername = "username" // Dial with a username attribute acts for another user (since 7.07.00)
	DialFrom     = "from"     // DialFrom with identity, as the documentation of 2018 still has it

	DeviceName = "name-or-id" // a phone is its name, or its id where no name is told (19.x)
	DeviceID   = "id"         // a phone is its id wherever one is told

	PrefixAuto = "auto" // the PBX adds the outside-line digits
	PrefixNone = "none" // no prefix attribute at all
)

// Options are the dialect's settings.
type Options struct {
	Dial      string // how a supervisor dials for others: DialUsername (default) or DialFrom
	CommandTo string // address of commands, where a foreign server needs one (decision C6); empty: none
	Device    string // DeviceName (default) or DeviceID
	Prefix    string // of Dial and Transfer: PrefixAuto (default), PrefixNone or the digits themselves
	OS        string // told to the PBX at login; empty: nothing
}

// Validate says which setting is wrong and what it may be; the error wraps [ErrOption].
func (o Options) Validate() error {
	switch {
	case o.Dial != "" && o.Dial != DialUsername && o.Dial != DialFrom:
		return fmt.Errorf("%w: dial is %q, it may be %q or %q", ErrOption, o.Dial, DialUsername, DialFrom)
	case o.Device != "" && o.Device != DeviceName && o.Device != DeviceID:
		return fmt.Errorf("%w: device is %q, it may be %q or %q", ErrOption, o.Device, DeviceName, DeviceID)
	case !validPrefix(o.Prefix):
		return fmt.Errorf("%w: prefix is %q, it may be %q, %q or digits", ErrOption, o.Prefix, PrefixAuto, PrefixNone)
	case len(o.CommandTo) > maxIdentifier || !utf8.ValidString(o.CommandTo) || strings.ContainsAny(o.CommandTo, " \t\r\n<>&\"'"):
		return fmt.Errorf("%w: command_to is %q, it must be a JID", ErrOption, o.CommandTo)
	}
	return nil
}

func validPrefix(p string) bool {
	return p == "" || p == PrefixAuto || p == PrefixNone || len(p) <= 16 && strings.Trim(p, "0123456789*#+") == ""
}
