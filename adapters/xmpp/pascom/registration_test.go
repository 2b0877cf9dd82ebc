package pascom

import (
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
)

func TestRegistration(t *testing.T) {
	r := Registration()
	made := func(c engine.DialectConfig) Options {
		d, err := r.New(c)
		require.NoError(t, err)
		require.Equal(t, r.Name, d.Name())
		return d.(*Dialect).opts
	}
	require.Equal(t, Options{Dial: DialUsername, Prefix: PrefixAuto, Device: DeviceName}, made(engine.DialectConfig{}), "the defaults")
	require.Equal(t, Options{Dial: DialFrom, Prefix: "9", Device: DeviceID, CommandTo: "pbx.branch"}, made(engine.DialectConfig{
		Values: map[string]string{"pascom-dial": "from", "pascom-dial-prefix": "9", "pascom-phones-by": "id"}, CommandTo: "pbx.branch"}))
	for key, bad := range map[string]string{"pascom-dial": "x", "pascom-dial-prefix": "abc", "pascom-phones-by": "x"} {
		_, err := r.New(engine.DialectConfig{Values: map[string]string{key: bad}})
		require.ErrorIs(t, err, ErrOption, key)
	}
	_, err := r.New(engine.DialectConfig{CommandTo: "a b"})
	require.ErrorIs(t, err, ErrOption)
	for _, s := range r.Settings {
		require.NotEmpty(t, s.Doc)
		if s.Check == nil {
			require.Contains(t, s.Choices, s.Default)
			continue
		}
		require.NoError(t, s.Check(s.Default))
		require.ErrorContains(t, s.Check("abc"), "digits")
	}
}
