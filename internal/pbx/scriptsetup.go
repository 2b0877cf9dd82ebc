package pbx

import (
	"fmt"
	"strings"
	"time"
)

// setupVerb parses the words of a setup line and returns a function that changes the Config.
type setupVerb func(args []string) (func(*Config) error, error)

var setupVerbs = map[string]setupVerb{
	"office":     setupOffice,
	"domain":     setupText("domain NAME", func(c *Config, v string) { c.Domain = v }),
	"listen":     setupText("listen HOST:PORT", func(c *Config, v string) { c.Listen = v }),
	"host":       setupText("host NAME", func(c *Config, v string) { c.Hosts = append(c.Hosts, v) }),
	"country":    setupText("country DIGITS", func(c *Config, v string) { c.CountryCode = v }),
	"mechanisms": setupText("mechanisms A,B", func(c *Config, v string) { c.Mechanisms = strings.Split(v, ",") }),
	"dial-mode": setupChoice("dial-mode", map[string]func(*Config){
		"remote": func(c *Config) { c.DialMode = DialRemote }, "own-leg": func(c *Config) { c.DialMode = DialOwnPhone },
	}),
	"own-shows": setupChoice("own-shows", map[string]func(*Config){
		"own":     func(c *Config) { c.OwnPhoneShows = ShowOwn },
		"dialled": func(c *Config) { c.OwnPhoneShows = ShowDialled },
		"empty":   func(c *Config) { c.OwnPhoneShows = ShowEmpty },
	}),
	"ring-timeout":     setupDelay(func(c *Config, d time.Duration) { c.RingTimeout = d }),
	"answer-delay":     setupDelay(func(c *Config, d time.Duration) { c.AnswerDelay = d }),
	"dial-delay":       setupDelay(func(c *Config, d time.Duration) { c.DialDelay = d }),
	"own-answer-delay": setupDelay(func(c *Config, d time.Duration) { c.OwnAnswerDelay = d }),
	"ping-every":       setupDelay(func(c *Config, d time.Duration) { c.PingEvery = d }),
	"wire":             setupWire,
	"user":             setupUser,
	"queue":            setupQueue,
	"pickup-group":     setupGroup,
}

// setupOffice parses an office line. Script.Config chooses the office itself; here only generated users are added.
func setupOffice(a []string) (func(*Config) error, error) {
	switch {
	case len(a) == 1 && (a[0] == "default" || a[0] == "empty"):
		return func(*Config) error { return nil }, nil
	case len(a) == 2 && a[0] == "generated":
		n, err := parseCount(a[1])
		if err == nil && n > maxGeneratedUsers {
			err = fmt.Errorf("%d users: at most %d", n, maxGeneratedUsers)
		}
		return func(c *Config) error { c.Users = append(c.Users, generatedUsers(len(c.Users), n)...); return nil }, err
	}
	return nil, fmt.Errorf("write: office default, office empty or office generated COUNT")
}

func setupText(usage string, set func(*Config, string)) setupVerb {
	return func(a []string) (func(*Config) error, error) {
		if len(a) != 1 || a[0] == "" {
			return nil, fmt.Errorf("write: %s", usage)
		}
		return func(c *Config) error { set(c, a[0]); return nil }, nil
	}
}

func setupDelay(set func(*Config, time.Duration)) setupVerb {
	return func(a []string) (func(*Config) error, error) {
		if len(a) != 1 {
			return nil, fmt.Errorf("write one time, for example 2s")
		}
		d, err := parseDuration(a[0])
		return func(c *Config) error { set(c, d); return nil }, err
	}
}

func setupChoice(verb string, options map[string]func(*Config)) setupVerb {
	return func(a []string) (func(*Config) error, error) {
		if len(a) != 1 || options[a[0]] == nil {
			return nil, fmt.Errorf("%s needs one of its values, see the package documentation", verb)
		}
		return func(c *Config) error { options[a[0]](c); return nil }, nil
	}
}

func setupWire(args []string) (func(*Config) error, error) {
	var w Wire
	for _, a := range args {
		k, v, _ := strings.Cut(a, "=")
		var err error
		switch k {
		case "username":
			forms := map[string]UsernameForm{"element": UsernameElement, "attribute": UsernameAttribute, "none": UsernameNone}
			form, known := forms[v]
			if !known {
				return nil, fmt.Errorf("username=%s: write element, attribute or none", v)
			}
			w.Username = form
		case "prefix":
			w.ChannelPrefix = v
		case "device":
			w.OmitDevice, err = parseOnOff(v)
			w.OmitDevice = !w.OmitDevice
		case "far-ringing":
			w.FarRinging, err = parseOnOff(v)
		case "ref-channel":
			w.RefChannel, err = parseOnOff(v)
		case "from-party":
			w.FromParty, err = parseOnOff(v)
		default:
			err = fmt.Errorf("unknown wire setting %q", k)
		}
		if err != nil {
			return nil, err
		}
	}
	return func(c *Config) error { c.Wire = w; return nil }, nil
}

func setupUser(args []string) (func(*Config) error, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("write: user LOGIN ext=… name=… secret=FILE device=… caps=…")
	}
	u := User{Login: args[0]}
	for _, a := range args[1:] {
		k, v, found := strings.Cut(a, "=")
		if !found {
			return nil, fmt.Errorf("%q: write key=value", a)
		}
		if err := u.set(k, v); err != nil {
			return nil, err
		}
	}
	return func(c *Config) error { c.Users = append(c.Users, u); return nil }, nil
}

// set applies one key of a user line; peer, type, caps, roaming belong to the last device.
func (u *User) set(k, v string) (err error) {
	switch k {
	case "ext":
		u.Extension = v
	case "name":
		u.Name = v
	case "secret":
		u.Password, err = readSecret(v)
	case "roles":
		for _, r := range strings.Split(v, ",") {
			u.Roles = append(u.Roles, Role{Name: r, Types: []string{"xmpp." + r}})
		}
	case "bare-role":
		u.Roles = append(u.Roles, Role{Name: v})
	case "disabled":
		u.Disabled, err = parseOnOff(v)
	case "call-waiting":
		u.CallWaiting, err = parseOnOff(v)
	case "registered":
		u.Unregistered, err = parseOnOff(v)
		u.Unregistered = !u.Unregistered
	case "device":
		u.Devices = append(u.Devices, Device{Name: v, Caps: AllCaps()})
	default:
		return u.setDevice(k, v)
	}
	return err
}

func (u *User) setDevice(k, v string) (err error) {
	if len(u.Devices) == 0 {
		return fmt.Errorf("%q: unknown, or it needs a device= before it", k)
	}
	d := &u.Devices[len(u.Devices)-1]
	switch k {
	case "caps":
		d.Caps = strings.FieldsFunc(v, func(r rune) bool { return r == ',' })
	case "peer":
		d.Peer = v
	case "type":
		d.Type = v
	case "roaming":
		d.Roaming, err = parseOnOff(v)
	default:
		err = fmt.Errorf("unknown user setting %q", k)
	}
	return err
}

func setupQueue(args []string) (func(*Config) error, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("write: queue q_N ext=… name=… members=A,B")
	}
	q := Queue{Login: args[0]}
	for _, a := range args[1:] {
		k, v, _ := strings.Cut(a, "=")
		switch k {
		case "ext":
			q.Extension = v
		case "name":
			q.Name = v
		case "members":
			q.Members = strings.Split(v, ",")
		default:
			return nil, fmt.Errorf("unknown queue setting %q", k)
		}
	}
	return func(c *Config) error { c.Queues = append(c.Queues, q); return nil }, nil
}

func setupGroup(args []string) (func(*Config) error, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("write: pickup-group NAME LOGIN,LOGIN")
	}
	return func(c *Config) error {
		if c.PickupGroups == nil {
			c.PickupGroups = map[string][]string{}
		}
		c.PickupGroups[args[0]] = strings.Split(args[1], ",")
		return nil
	}, nil
}
