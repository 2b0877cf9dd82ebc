package engine

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimersAreAllNamed(t *testing.T) {
	var x Timers
	require.Len(t, x.Named(), reflect.TypeFor[Timers]().NumField())
	for i, n := range x.Named() {
		require.NoError(t, x.Set(n.Name, time.Duration(i+1)*time.Second))
	}
	for i, n := range x.Named() {
		require.Equal(t, time.Duration(i+1)*time.Second, *n.Value, n.Name)
	}
	require.Equal(t, x, x.withDefaults())
	require.Equal(t, DefaultTimers(), Timers{}.withDefaults())
	require.ErrorIs(t, x.Set("tea", time.Second), ErrTimer)
	require.ErrorIs(t, x.Set("offering", -1), ErrTimer)
}
