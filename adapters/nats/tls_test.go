package nats

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.issue("ca", nil)
	return a
}

// issue writes a certificate and its key as NAME.pem and NAME.key. Without a parent the certificate signs itself.
func (a *authority) issue(name string, parent *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: parent == nil,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	signer, by := key, c
	if parent != nil {
		signer, by = a.key, parent
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, signer)
	require.NoError(a.t, err)
	raw, err := x509.MarshalECPrivateKey(key)
	require.NoError(a.t, err)
	a.write(name+".pem", "CERTIFICATE", der)
	a.write(name+".key", "EC PRIVATE KEY", raw)
	made, err := x509.ParseCertificate(der)
	require.NoError(a.t, err)
	return made, key
}

func (a *authority) write(name, kind string, der []byte) {
	require.NoError(a.t, os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

// startSecured starts an external server that demands TLS, a client certificate of the authority, and a password.
func startSecured(t *testing.T, a *authority) string {
	a.issue("server", a.cert)
	a.issue("client", a.cert)
	return startExternal(t, func(o *server.Options) {
		pair, err := tls.LoadX509KeyPair(a.path("server.pem"), a.path("server.key"))
		require.NoError(t, err)
		roots := x509.NewCertPool()
		roots.AddCert(a.cert)
		o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
		o.TLSVerify, o.TLSTimeout = true, 5
		o.Username, o.Password = "offhook", "a-secret-word"
	})
}

func TestExternalOverTLSPassesTheSuite(t *testing.T) {
	a := newAuthority(t)
	url := strings.Replace(startSecured(t, a), "nats://", "tls://", 1)
	journaltest.Run(t, func(t *testing.T) func() events.Journal {
		name := newID()
		return func() events.Journal {
			return openJournal(t, Config{URL: url, Name: name, MaxStore: 64 << 20, MaxImages: 1 << 20, CA: a.path("ca.pem"),
				Cert: a.path("client.pem"), Key: a.path("client.key"), User: "offhook", Password: "a-secret-word"})
		}
	})
}

func TestExternalOverTLSRefused(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	url := startSecured(t, a)
	good := Config{URL: url, Name: "x", CA: a.path("ca.pem"), Cert: a.path("client.pem"), Key: a.path("client.key"),
		User: "offhook", Password: "a-secret-word", MaxStore: 64 << 20, MaxImages: 1 << 20, AckWait: time.Second}
	for name, change := range map[string]func(*Config){
		"another authority":                      func(c *Config) { c.CA = other.path("ca.pem") },
		"no client certificate":                  func(c *Config) { c.Cert, c.Key = "", "" },
		"another authority's client certificate": func(c *Config) { c.Cert, c.Key = other.path("ca.pem"), other.path("ca.key") },
		"a wrong password":                       func(c *Config) { c.Password = "another-secret-word" },
		"no such file":                           func(c *Config) { c.CA = a.path("missing.pem") },
		"no such credentials":                    func(c *Config) { c.Creds = a.path("missing.creds") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := good
			change(&c)
			began := time.Now()
			_, err := Open(t.Context(), c)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "secret-word")
			require.Less(t, time.Since(began), 15*time.Second)
			t.Log(err)
		})
	}
}
