package xmpp

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHostSetting(t *testing.T) {
	for host, ok := range map[string]bool{"": true, "pbx.example": true, "10.0.0.1": true, "::1": true, "[::1]": true,
		"pbx:5222": false, "[::1]:5222": false, "a b": false} {
		_, err := New(Config{User: "ida@branch", Host: host, Password: func() (string, error) { return "x", nil }}, discardSink{})
		if ok {
			require.NoError(t, err, host)
		} else {
			require.ErrorIs(t, err, ErrConfig, host)
		}
	}
}
