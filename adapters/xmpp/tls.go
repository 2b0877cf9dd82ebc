package xmpp

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
)

// CertificateError says that the server's certificate is not trusted. Its text carries the fingerprint to
// compare and the two ways to accept it.
type CertificateError struct {
	Host        string // the name the certificate was checked against
	Fingerprint string // "sha256:" and base64 of the public key's hash, as Config.TLS.PinSHA256 takes it
	Err         error  // what was wrong with it
}

// Error says what is wrong and what to do.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("%v; its public key is %s: compare it with the PBX's own, then use --pin %s, or --ca FILE with the authority that signed it",
		e.Err, e.Fingerprint, e.Fingerprint)
}

// Unwrap returns the verification error of crypto/x509.
func (e *CertificateError) Unwrap() error { return e.Err }

// Fingerprint is the pin of a certificate: "sha256:" and the base64 SHA-256 of its public key.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return "sha256:" + base64.StdEncoding.EncodeToString(sum[:])
}

// parsePins reads pins in base64 or hexadecimal.
func parsePins(pins []string) ([][sha256.Size]byte, error) {
	var out [][sha256.Size]byte
	for _, pin := range pins {
		sum, ok := parsePin(pin)
		if !ok {
			return nil, fmt.Errorf("xmpp: %w: pin %q should be sha256: and 44 base64 or 64 hexadecimal digits", ErrConfig, pin)
		}
		out = append(out, sum)
	}
	return out, nil
}

func parsePin(pin string) (sum [sha256.Size]byte, ok bool) {
	digits := strings.TrimSpace(pin)
	if len(digits) > 7 && strings.EqualFold(digits[:7], "sha256:") || strings.HasPrefix(digits, "sha256/") {
		digits = digits[7:]
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(digits, ":", ""))
	if err != nil || len(raw) != len(sum) {
		raw, err = base64.StdEncoding.DecodeString(digits)
	}
	return sum, err == nil && copy(sum[:], raw) == len(sum) && len(raw) == len(sum)
}

// tlsConfig makes the configuration for one handshake. The library would check the certificate
// against the XMPP domain, which a PBX's certificate does not carry; so its check is switched off
// and VerifyConnection checks instead.
func tlsConfig(c *Config) (*tls.Config, error) {
	pins, err := parsePins(c.TLS.PinSHA256)
	if err != nil {
		return nil, err
	}
	roots, err := authorities(c.TLS)
	if err != nil {
		return nil, err
	}
	host := c.certName()
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         host,
		InsecureSkipVerify: true, // VerifyConnection below checks instead
		VerifyConnection: func(cs tls.ConnectionState) error {
			return checkCertificate(cs.PeerCertificates, host, roots, pins)
		},
	}, nil
}

// authorities returns the pool to verify with; nil means the system's.
func authorities(t TLS) (*x509.CertPool, error) {
	if t.CAFile == "" {
		return t.RootCAs, nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, fmt.Errorf("xmpp: %w: --ca: %w", ErrConfig, err)
	}
	pool := t.RootCAs
	if pool != nil {
		pool = pool.Clone()
	} else if pool, err = x509.SystemCertPool(); err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("xmpp: %w: --ca: no certificate in %s; a PEM file is expected", ErrConfig, t.CAFile)
	}
	return pool, nil
}

// checkCertificate accepts a pinned key, or a chain to an authority that names the host.
func checkCertificate(chain []*x509.Certificate, host string, roots *x509.CertPool, pins [][sha256.Size]byte) error {
	if len(chain) == 0 {
		return newError(CodeCertificate, "the server showed no certificate", nil)
	}
	err := verifyPins(chain[0], pins)
	if len(pins) == 0 {
		err = verifyChain(chain, host, roots)
	}
	if err == nil {
		return nil
	}
	return newError(CodeCertificate, "the certificate of "+host+" is not trusted",
		&CertificateError{host, Fingerprint(chain[0]), err})
}

func verifyPins(leaf *x509.Certificate, pins [][sha256.Size]byte) error {
	if slices.Contains(pins, sha256.Sum256(leaf.RawSubjectPublicKeyInfo)) {
		return nil
	}
	return fmt.Errorf("its public key is none of the pinned ones")
}

func verifyChain(chain []*x509.Certificate, host string, roots *x509.CertPool) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
	return err
}
