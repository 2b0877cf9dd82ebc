package pascom

import (
	"fmt"

	"offhook/engine"
)

// The keys of the dialect's settings.
const (
	keyDial   = "pascom-dial"
	keyPrefix = "pascom-dial-prefix"
	keyDevice = "pascom-phones-by"
)

var settings = []engine.DialectSetting{
	{Key: keyDial, Old: []string{"dial", "pascom.dial"}, Default: DialUsername, Choices: []string{DialUsername, DialFrom},
		Doc: "How a supervisor dials for somebody: username (since 7.07) or from (DialFrom)."},
	{Key: keyPrefix, Old: []string{"dial-prefix", "pascom.prefix"}, Default: PrefixAuto,
		Doc: "Outside-line prefix: auto (the PBX's), none, or digits.",
		Check: func(value string) error {
			if !validPrefix(value) {
				return fmt.Errorf("it may be %s, %s or digits, not %q", PrefixAuto, PrefixNone, value)
			}
			return nil
		}},
	{Key: keyDevice, Old: []string{"phones-by", "pascom.device"}, Default: DeviceName, Choices: []string{DeviceName, DeviceID},
		Doc: "What commands call a phone: its name, or its id where none is told (name-or-id); or its id wherever one is told (id), should a PBX from 19 on ask for that."},
}

// Registration returns the dialect's registration.
func Registration() engine.DialectRegistration {
	return engine.DialectRegistration{Name: name, DefaultDomain: defaultDomain, Settings: settings,
		New: func(c engine.DialectConfig) (engine.Dialect, error) {
			var o Options
			for i := range settings {
				switch s := &settings[i]; s.Key {
				case keyDial:
					o.Dial = s.Value(c)
				case keyPrefix:
					o.Prefix = s.Value(c)
				case keyDevice:
					o.Device = s.Value(c)
				}
			}
			o.CommandTo = c.CommandTo
			return New(o), o.Validate()
		}}
}
