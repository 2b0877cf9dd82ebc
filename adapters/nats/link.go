package nats

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"offhook/internal/eventid"
)

// link is one connection to one server. Reopening the server makes a new link.
type link struct {
	srv *server.Server // nil with an external server
	nc  *client.Conn
	js  jetstream.JetStream
}

// connect connects to the server, after it has started the embedded one. It calls onReconnect after every reconnection.
func connect(ctx context.Context, c Config, onReconnect func()) (*link, error) {
	l := &link{}
	opts, list, err := c.clientOptions(onReconnect)
	if err != nil {
		return nil, err
	}
	if c.Dir != "" {
		if l.srv, err = startServer(ctx, c); err != nil {
			return nil, err
		}
		opts = append(opts, client.InProcessServer(l.srv), client.NoReconnect(), client.PingInterval(embeddedPing))
	}
	if l.nc, err = client.Connect(list, opts...); err != nil {
		l.close()
		return nil, fmt.Errorf("%w: cannot connect to %s: %w", ErrUnavailable, c.place(), err)
	}
	if l.js, err = jetstream.New(l.nc, jetstream.WithDefaultTimeout(c.AckWait)); err != nil {
		l.close()
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return l, nil
}

// clientOptions returns the client's options and the server addresses, for both kinds of servers.
func (c Config) clientOptions(onReconnect func()) ([]client.Option, string, error) {
	list, user, password, err := c.serverAddresses()
	if err != nil {
		return nil, "", err
	}
	opts := []client.Option{client.Name("offhook"), client.Timeout(c.AckWait),
		client.SyncQueueLen(2 * maxPullMessages), // allocated for every pull; the default has room for 65536 messages
		client.ErrorHandler(func(_ *client.Conn, _ *client.Subscription, err error) {
			c.Log.Warn("nats: "+err.Error(), eventid.Journal.Attr())
		})}
	if user != "" {
		opts = append(opts, client.UserInfo(user, password))
	}
	if c.URL == "" {
		return opts, list, nil
	}
	opts = append(opts, client.MaxReconnects(-1), client.ReconnectWait(500*time.Millisecond), client.ReconnectHandler(func(*client.Conn) { onReconnect() }),
		client.DisconnectErrHandler(func(_ *client.Conn, err error) {
			if err == nil {
				return // this program closed it
			}
			c.Log.Warn("nats: connection lost, reconnecting", eventid.Journal.Attr(), "server", c.place(), "error", err)
		}))
	for _, f := range []string{c.CA, c.Cert, c.Key, c.Creds} {
		if _, err := os.Stat(f); f != "" && err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrConfig, err)
		}
	}
	if c.CA != "" {
		opts = append(opts, client.RootCAs(c.CA))
	}
	if c.Cert != "" {
		opts = append(opts, client.ClientCert(c.Cert, c.Key))
	}
	if c.Creds != "" {
		opts = append(opts, client.UserCredentials(c.Creds))
	}
	return opts, list, nil
}

// close closes the connection and stops the embedded server. The error says that the server may still run.
func (l *link) close() error {
	if l.nc != nil {
		l.nc.Close()
	}
	if l.srv != nil && !stopServer(l.srv) {
		return errors.New("nats: the embedded server did not stop in time; end the process before its directory is used again")
	}
	return nil
}
