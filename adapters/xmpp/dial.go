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

// negotiatedStream is a negotiated connection as the session uses it.
type negotiatedStream struct {
	info     Info
	rw       io.ReadWriter
	split    *Splitter
	arrivals *arrivalReader
	header   []byte
	early    [][]byte
	abort    func(why error) // breaks the connection at once, from any goroutine
	cause    func() error    // what ended the connection; nil while it is open
	release  func()          // closes what is left; for after the reader ended
}

// connect makes one attempt: lookup, TCP, relay, negotiation. Every wait in it ends by the
// timeouts or with ctx.
func connect(ctx context.Context, cfg *Config, password string) (*negotiatedStream, error) {
	server, err := dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	address := server.RemoteAddr().String()
	r, err := startRelay(server, cfg.Timeouts.Connect)
	if err != nil {
		return nil, newError(CodeOther, "no loopback connection", err)
	}
	n, err := newNegotiation(cfg, r, password)
	if err != nil {
		r.abortAndWait(err)
		return nil, err
	}
	n.info.Address = address
	timer := limitNegotiation(r, cfg.Timeouts.Negotiate)
	stopped := context.AfterFunc(ctx, func() { r.abort(newError(CodeStopped, "stopped during login", ctx.Err())) })
	err = n.run()
	stopped()
	if !timer.Stop() && err == nil {
		err = n.connectionError("login", r.cause())
	}
	if err != nil {
		r.abortAndWait(err)
		n.transport.Close()
		return nil, err
	}
	return n.negotiated(), nil
}

func newNegotiation(cfg *Config, r *relay, password string) (*negotiation, error) {
	conf, err := tlsConfig(cfg)
	if err != nil {
		return nil, err
	}
	n := &negotiation{cfg: cfg, relay: r, traffic: &trafficCounter{}, password: password}
	n.info = Info{Domain: cfg.Domain, ServerName: conf.ServerName}
	check := conf.VerifyConnection
	conf.VerifyConnection = func(cs tls.ConnectionState) error {
		n.info.TLSVersion = tls.VersionName(cs.Version)
		return check(cs)
	}
	// ConnectTimeout 0: loopback answers at once, and Close would wait that long for nothing.
	n.transport = lib.NewClientTransport(lib.TransportConfiguration{Address: r.address(), Domain: cfg.Domain, TLSConfig: conf})
	n.transport.LogTraffic(n.traffic)
	return n, nil
}

// negotiated returns what the session needs of the negotiation.
func (n *negotiation) negotiated() *negotiatedStream {
	return &negotiatedStream{
		info: n.info, rw: n.transport, split: n.split, arrivals: n.arrivals, header: n.header, early: n.early,
		abort: n.relay.abort, cause: n.relay.cause,
		release: func() { n.relay.abortAndWait(errPeerClosed); n.transport.Close() },
	}
}

// dial finds the server and connects to it.
func dial(ctx context.Context, cfg *Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeouts.Connect)
	defer cancel()
	return dialFirst(ctx, dialTargets(ctx, cfg))
}

// dialTargets lists the addresses to try: the host from the settings, else the domain's SRV records in
// the order of RFC 2782, else the domain itself.
func dialTargets(ctx context.Context, cfg *Config) []string {
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
