package nats

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfigsThatCannotBeUsed(t *testing.T) {
	for want, c := range map[string]Config{
		"either Dir":             {},
		"or URL":                 {Dir: "d", URL: "nats://h:1"},
		"Name":                   {Dir: "d", Name: "a.b"},
		"Sync \"never\"":         {Dir: "d", Sync: "never"},
		"belongs to an embedded": {URL: "nats://h:1", Sync: SyncAlways},
		"Listen belongs":         {URL: "nats://h:1", Listen: "127.0.0.1:0"},
		"Cert and Key":           {URL: "nats://h:1", Cert: "x"},
		"use host:port":          {Dir: "d", Listen: "4222"},
		"set User and Password":  {Dir: "d", Listen: "0.0.0.0:4222"},
		"other machines":         {Dir: "d", Listen: ":4222"},
		"at least 1 MiB":         {Dir: "d", MaxStore: 5},
		"not be negative":        {Dir: "d", KeepBytes: -1},
		"Replicas 9":             {URL: "nats://h:1", Replicas: 9},
		"address 2 of URL":       {URL: "nats://h:1,nats://user:secret@:%zz"},
		"missing.pem":            {URL: "nats://127.0.0.1:1", CA: "missing.pem"},
	} {
		j, err := Open(testContext(t), c)
		require.ErrorIs(t, err, ErrConfig, want)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
		require.Nil(t, j)
	}
}

func TestNoPasswordIsShown(t *testing.T) {
	c := Config{URL: "nats://anna:secret@127.0.0.1:1,nats://127.0.0.1:2", User: "x", Password: "secret"}
	var log strings.Builder
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	c.Log.Info("opening", "config", c)
	_, err := Open(testContext(t), c)
	require.ErrorIs(t, err, ErrUnavailable)
	for _, s := range []string{log.String(), err.Error(), c.String(), fmt.Sprintf("%v %+v %#v", c, c, c)} {
		require.NotContains(t, s, "secret")
	}
	require.Contains(t, err.Error(), "127.0.0.1:1")
}
