package nats

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
)

const (
	maxPayload   = 4 << 20          // bytes; twice a pack of one event of the largest size
	stopWait     = 10 * time.Second // for an embedded server to write its data and stop
	embeddedPing = 10 * time.Minute // seldom: client and server are one process, so the connection cannot fail
	storeMargin  = 64 << 20         // above the two streams' limits together, so that the server's limit is never reached first
)

// lockDir makes the directory if there is none and locks it for this process.
func lockDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: cannot make the directory: %w", ErrConfig, err)
	}
	l := flock.New(filepath.Join(dir, "offhook.lock"), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: cannot lock %s (is it writable, on a local disk?): %w", ErrConfig, dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s belongs to a running offhook; stop that one or name another directory", ErrLocked, dir)
	}
	return l, nil
}

// startServer starts a server on the directory, which the caller has locked.
func startServer(ctx context.Context, c Config) (*server.Server, error) {
	o, err := c.serverOptions()
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	s.SetLoggerV2(logger{c.Log}, false, false, false)
	started := make(chan struct{})
	go func() { defer close(started); s.Start() }()
	select {
	case <-started: // recovery of a large store is part of Start
	case <-ctx.Done():
		go func() { <-started; s.Shutdown() }()
		return nil, fmt.Errorf("%w: the server on %s took too long to start: %w", ErrUnavailable, c.Dir, ctx.Err())
	}
	if s.ReadyForConnections(stopWait) && s.JetStreamEnabled() {
		return s, nil
	}
	stopServer(s)
	return nil, fmt.Errorf("%w: the server on %s did not start (disk full, unreadable store, or the port of Listen taken?)", ErrUnavailable, c.Dir)
}

func (c Config) serverOptions() (*server.Options, error) {
	o := &server.Options{
		ServerName: "offhook", DontListen: true, NoSigs: true, NoSystemAccount: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: c.Dir, JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: c.MaxStore + c.MaxImages + storeMargin,
		SyncAlways: c.Sync == SyncAlways, SyncInterval: c.SyncEvery, MaxPayload: maxPayload, PingInterval: embeddedPing,
	}
	if c.Listen == "" {
		return o, nil
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, fmt.Errorf("%w: Listen: %w", ErrConfig, err)
	}
	if o.Port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("%w: Listen %q: the port must be a number", ErrConfig, c.Listen)
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	o.DontListen, o.Host, o.Username, o.Password = false, host, c.User, c.Password
	if c.Cert != "" {
		o.TLS, o.TLSTimeout = true, 5
		o.TLSConfig, err = server.GenTLSConfig(&server.TLSConfigOpts{CertFile: c.Cert, KeyFile: c.Key, CaFile: c.CA, Verify: c.CA != ""})
		if err != nil {
			return nil, fmt.Errorf("%w: Cert, Key or CA: %w", ErrConfig, err)
		}
	}
	return o, nil
}

// stopServer stops a server and reports whether it has ended.
func stopServer(s *server.Server) bool {
	done := make(chan struct{})
	go func() { defer close(done); s.Shutdown(); s.WaitForShutdown() }()
	select {
	case <-done:
		return true
	case <-time.After(stopWait):
		return false
	}
}
