package scenario

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"offhook/engine"
	"offhook/events"
)

// config holds the settings of a scenario's config steps.
type config struct {
	set          engine.Settings
	partSettings map[string]string // for Options.Open
	at           int64
}

// settings returns the engine's settings with their defaults: without lines and without a login, lines are learned, as for
// a file of stanzas.
func (c *config) settings() engine.Settings {
	set := c.set
	set.Show = c.partSettings
	if len(set.Lines) == 0 && !set.Handshake {
		set.Learn = true
	}
	if set.User == "" && len(set.Lines) > 0 {
		set.User = set.Lines[0].User
	}
	return set
}

// setAll reads the arguments of one config line.
func (c *config) setAll(words []argument) error {

	if len(words) > 0 && words[0].key == "line" {
		return c.addLine(words)
	}
	for _, p := range words {
		if err := c.setValue(p); err != nil {
			return err
		}
	}
	return nil
}

func (c *config) setValue(p argument) (err error) {
	s := &c.set
	switch p.key {
	case "":
		return fmt.Errorf("config %q: write key=value", p.value)
	case "role":
		if p.value != "user" && p.value != "supervisor" {
			return fmt.Errorf("role=%s: it may be user or supervisor", p.value)
		}
		s.Supervisor = p.value == "supervisor"
	case "user":
		s.User = p.value
	case "users":
		s.Users = strings.Split(p.value, ",")
	case "handshake":
		s.Handshake, err = parseBool(p)
	case "learn":
		s.Learn, err = parseBool(p)
	case "version":
		s.Version = p.value
	case "command-to", "to": // to is the old spelling
		s.To = p.value
	case "journal":
		s.Journal = p.value
	case "source":
		s.Source = p.value
	case "experimental":
		s.Experimental, err = parseActions(p.value)
	case "at":
		c.at, err = parseTime(p.value)
	default:
		return c.setOther(p)
	}
	return err
}

func (c *config) setOther(p argument) error {
	name, ok := strings.CutPrefix(p.key, "timers.")
	if !ok {
		if c.partSettings == nil {
			c.partSettings = map[string]string{}
		}
		c.partSettings[p.key] = p.value
		return nil
	}
	d, err := time.ParseDuration(p.value)
	if err == nil {
		err = c.set.Timers.Set(name, d)
	}
	if err != nil {
		return fmt.Errorf("%s=%s: %w", p.key, p.value, err)
	}
	return nil
}

// addLine reads a config line that describes a telephone line: line= first, then the line's keys; each device= begins the
// next phone.
func (c *config) addLine(words []argument) error {
	f := events.LineFacts{Address: words[0].value}
	for _, p := range words[1:] {
		var d *events.Device
		if n := len(f.Devices); n > 0 {
			d = &f.Devices[n-1]
		}
		var err error
		switch {
		case p.key == "user":
			f.User = p.value
		case p.key == "name":
			f.Name = p.value
		case p.key == "supervisor":
			f.Supervisor, err = parseBool(p)
		case p.key == "device":
			f.Devices = append(f.Devices, events.Device{Name: p.value})
		case d != nil && p.key == "caps":
			d.Known = true
			if p.value != "" {
				d.Capabilities = strings.Split(p.value, ",")
			}
		case d != nil && p.key == "kind":
			d.Kind = p.value
		case d != nil && p.key == "roaming":
			d.Roaming, err = parseBool(p)
		default:
			err = fmt.Errorf("key %q is unknown in a config line with line=; known are user, name, supervisor, device and after it caps, kind, roaming", p.key)
		}
		if err != nil {
			return err
		}
	}
	if f.User == "" {
		f.User = f.Address
	}
	f.Line = engine.Key(f.User)
	if f.Line == "" {
		return fmt.Errorf("a line needs line= or user=")
	}
	c.set.Lines = append(c.set.Lines, f)
	return nil
}

func parseBool(p argument) (bool, error) {
	if p.value != "true" && p.value != "false" {
		return false, fmt.Errorf("%s=%s: it may be true or false", p.key, p.value)
	}
	return p.value == "true", nil
}

func parseActions(list string) (a engine.Actions, err error) {
	all := (^engine.Actions(0)).Names()
	for name := range strings.SplitSeq(list, ",") {
		i := slices.Index(all, name)
		if i < 0 {
			return 0, fmt.Errorf("experimental=%s: it may be %s", name, strings.Join(all, ", "))
		}
		a |= 1 << i
	}
	return a, nil
}

// configText writes settings as config lines. ok is false if these lines would not read as the same settings.
func configText(d engine.Dialect, set engine.Settings, at int64) (text string, ok bool) {
	written := set
	if written.Source == d.Name() {
		written.Source = "" // the default
	}
	text = configLines(written, at)
	var c config
	for l := range strings.Lines(text) {
		words, err := parseArguments(strings.TrimPrefix(strings.TrimRight(l, "\n"), "config"))
		if err != nil || c.setAll(words) != nil {
			return "", false
		}
	}
	whole := func(s engine.Settings) engine.Settings { return engine.NewCore(s, d).Settings() }
	return text, c.at == at && reflect.DeepEqual(whole(c.settings()), whole(set))
}

func configLines(set engine.Settings, at int64) string {
	var l stepLine
	l.word("config")
	if at != 0 {
		l.pair("at", formatTime(at))
	}
	if set.Supervisor {
		l.pair("role", "supervisor")
	}
	l.optional("user", set.User).optional("users", strings.Join(set.Users, ","))
	for _, b := range [...]struct {
		key string
		on  bool
	}{{"handshake", set.Handshake}, {"learn", set.Learn}} {
		if b.on {
			l.pair(b.key, "true")
		}
	}
	l.optional("version", set.Version).optional("command-to", set.To).optional("journal", set.Journal).optional("source", set.Source).
		optional("experimental", strings.Join(set.Experimental.Names(), ","))
	timerPairs(&l, set.Timers)
	for _, key := range slices.Sorted(maps.Keys(set.Show)) {
		l.pair(key, set.Show[key])
	}
	out := ""
	if l.b.Len() > len("config") {
		out = l.text()
	}
	for _, f := range set.Lines {
		out += lineText(f)
	}
	return out
}

// timerPairs writes the timers that have other values than the defaults.
func timerPairs(l *stepLine, t engine.Timers) {
	usual := engine.DefaultTimers()
	have, want := t.Named(), usual.Named()
	for i, n := range have {
		if *n.Value != 0 && *n.Value != *want[i].Value {
			l.pair("timers."+n.Name, n.Value.String())
		}
	}
}

func lineText(f events.LineFacts) string {
	var l stepLine
	l.word("config").pair("line", f.Address).optional("user", f.User).optional("name", f.Name)
	if f.Supervisor {
		l.pair("supervisor", strconv.FormatBool(true))
	}
	for _, d := range f.Devices {
		if l.pair("device", d.Name); d.Known {
			l.pair("caps", strings.Join(d.Capabilities, ","))
		}
		if l.optional("kind", d.Kind); d.Roaming {
			l.pair("roaming", strconv.FormatBool(true))
		}
	}
	return l.text()
}
