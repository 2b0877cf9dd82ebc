package pascom

import (
	"strings"

	"offhook/engine"
)

// splitJID returns the parts of a JID (RFC 6120 clause 1.4, RFC 7622): user@domain/resource, all but the domain optional.
func splitJID(jid string) (user, domain, resource string) {
	bare, resource, _ := strings.Cut(jid, "/")
	if at := strings.IndexByte(bare, '@'); at >= 0 {
		return bare[:at], bare[at+1:], resource
	}
	return "", bare, resource
}

// sessionUser returns the user whose session a stanza was sent to.
func sessionUser(to string, where engine.Origin) string {
	if to == "" {
		to = where.JID
	}
	user, _, _ := splitJID(to)
	return user
}

// pbxDomain returns the PBX's domain: the session's or, in a bare file, that of the stanza's `to` (decision D1).
func pbxDomain(to string, where engine.Origin) string {
	if where.Domain != "" {
		return where.Domain
	}
	_, domain, _ := splitJID(to)
	return domain
}

const pbxHost = "pbx."

// fromPBX says whether the sender is pbx.DOMAIN (decision D1: case-folded).
func fromPBX(from, domain string) bool {
	return domain != "" && len(from) == len(pbxHost)+len(domain) &&
		equalFoldASCII(from[:len(pbxHost)], pbxHost) && equalFoldASCII(from[len(pbxHost):], domain)
}

// equalFoldASCII compares without regard to ASCII case. Other letters must agree: two different letters that
// fold alike must not make another sender the PBX.
func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// trustsReply says whether an IQ result or error from that sender answers a command: no sender, the PBX, the own JID (full or
// bare), the own server, or the address that commands are sent to.
func (d *Dialect) trustsReply(from, to string, where engine.Origin) bool {
	if from == "" {
		return true
	}
	domain := pbxDomain(to, where)
	if fromPBX(from, domain) || domain != "" && equalFoldASCII(from, domain) ||
		d.opts.CommandTo != "" && equalFoldASCII(from, d.opts.CommandTo) {
		return true
	}
	own := where.JID
	if own == "" {
		own = to
	}
	user, host, resource := splitJID(own)
	u, h, r := splitJID(from)
	return u != "" && equalFoldASCII(u, user) && equalFoldASCII(h, host) && (r == "" || r == resource)
}

func ignoreUntrusted(from string, o *engine.Observation) {
	if from == "" {
		ignoreStanza(o, "stranger", "a PBX payload without a sender")
		return
	}
	ignoreStanza(o, "stranger", "a PBX payload from "+cleanText(from))
}
