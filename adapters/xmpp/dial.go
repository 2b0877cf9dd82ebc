package xmpp

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"

	lib "gosrc.io/xmpp"
)

// Info describes a session that is up.
type Info struct {
	JID        string // full JID as the server bound it
	Domain     string // XMPP domain
	Mechanism  string // SASL mechanism used
	TLSVersion string // "TLS 1.3", empty without TLS (tests only)
	ServerName string // name the certificate was checked against
	Address    string // IP address and port connected to
}

// link is a negotiated connection as the session uses it.
type link struct {
	info   Info
	rw     io.ReadWriter
	split  *Splitter
	heard  *activity
	header []byte
	early  [][]byte
	kill   func(why error) // from any goroutine, at once
	cause  func() error    // what ended it, nil while it lives
	free   func()          // after the reader ended: gives everything back
}

// connect makes one attempt: lookup, TCP, relay, negotiation. Every wait in it ends by the
// timeouts or with ctx.
func connect(ctx context.Context, cfg *Config, password string) (*link, error) {
	far, err := dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	address := far.RemoteAddr().String()
	r, err := startRelay(far, cfg.Timeouts.Connect)
	if err != nil {
		return nil, fail(CodeOther, "no loopback connection", err)
	}
	n, err := newNegotiation(cfg, r, password)
	if err != nil {
		r.stop(err)
		return nil, err
	}
	n.info.Address = address
	timer := guard(r, cfg.Timeouts.Negotiate)
	stopped := context.AfterFunc(ctx, func() { r.kill(fail(CodeStopped, "stopped during login", ctx.Err())) })
	err = n.run()
	stopped()
	if !timer.Stop() && err == nil {
		err = n.broken("login", r.cause())
	}
	if err != nil {
		r.stop(err)
		n.t.Close()
		return nil, err
	}
	return n.link(), nil
}

func newNegotiation(cfg *Config, r *relay, password string) (*negotiation, error) {
	conf, err := tlsConfig(cfg)
	if err != nil {
		return nil, err
	}
	n := &negotiation{cfg: cfg, relay: r, tap: &tap{}, password: password}
	n.info = Info{Domain: cfg.Domain, ServerName: conf.ServerName}
	check := conf.VerifyConnection
	conf.VerifyConnection = func(cs tls.ConnectionState) error {
		n.info.TLSVersion = tls.VersionName(cs.Version)
		return check(cs)
	}
	// ConnectTimeout 0: loopback answers at once, and Close would wait that long for nothing.
	n.t = lib.NewClientTransport(lib.TransportConfiguration{Address: r.address(), Domain: cfg.Domain, TLSConfig: conf})
	n.t.LogTraffic(n.tap)
	return n, nil
}

// link hands over what the session needs.
func (n *negotiation) link() *link {
	return &link{
		info: n.info, rw: n.t, split: n.split, heard: n.heard, header: n.header, early: n.early,
		kill: n.relay.kill, cause: n.relay.cause,
		free: func() { n.relay.stop(errPeerClosed); n.t.Close() },
	}
}

// dial finds the server and connects to it.
func dial(ctx context.Context, cfg *Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeouts.Connect)
	defer cancel()
	return dialFar(ctx, targets(ctx, cfg))
}

// targets lists the addresses to try: the host from the settings, else the domain's SRV records in
// the order of RFC 2782, else the domain itself.
func targets(ctx context.Context, cfg *Config) []string {
	port := strconv.Itoa(cfg.Port)
	if cfg.Host != "" {
		return []string{net.JoinHostPort(cfg.Host, port)}
	}
	var out []string
	if _, records, err := net.DefaultResolver.LookupSRV(ctx, "xmpp-client", "tcp", cfg.Domain); err == nil {
		for _, srv := range records[:min(len(records), 8)] {
			if name := strings.TrimSuffix(srv.Target, "."); name != "" {
				out = append(out, net.JoinHostPort(name, strconv.Itoa(int(srv.Port))))
			}
		}
	}
	if len(out) == 0 {
		out = []string{net.JoinHostPort(cfg.Domain, port)}
	}
	return out
}

func isLoopback(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}
