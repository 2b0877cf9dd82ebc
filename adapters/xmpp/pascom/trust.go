package pascom

import (
	"strings"

	"offhook/engine"
)

// splitJID takes a JID apart (RFC 6120 clause 1.4, RFC 7622): user@domain/resource, all but the domain optional.
func splitJID(jid string) (user, domain, resource string) {
	bare, resource, _ := strings.Cut(jid, "/")
	if at := strings.IndexByte(bare, '@'); at >= 0 {
		return bare[:at], bare[at+1:], resource
	}
	return "", bare, resource
}

// sessionUser is the user whose session a stanza was sent to.
func sessionUser(to string, where engine.Origin) string {
	if to == "" {
		to = where.JID
	}
	user, _, _ := splitJID(to)
	return user
}

// domainOf is the PBX's domain: the session's or, in a bare file, that of the stanza's `to` (decision D1).
func domainOf(to string, where engine.Origin) string {
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
		sameFold(from[:len(pbxHost)], pbxHost) && sameFold(from[len(pbxHost):], domain)
}

// sameFold compares without regard to ASCII case. Other letters must agree: no two letters that merely fold alike may
// make a stranger the PBX.
func sameFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// mayReply says whether an IQ result or error from there answers our commands: no sender, the PBX, our own JID (full
// or bare), our server, or the address we send commands to.
func (d *Dialect) mayReply(from, to string, where engine.Origin) bool {
	if from == "" {
		return true
	}
	domain := domainOf(to, where)
	if fromPBX(from, domain) || domain != "" && sameFold(from, domain) ||
		d.opts.CommandTo != "" && sameFold(from, d.opts.CommandTo) {
		return true
	}
	own := where.JID
	if own == "" {
		own = to
	}
	user, host, resource := splitJID(own)
	u, h, r := splitJID(from)
	return u != "" && sameFold(u, user) && sameFold(h, host) && (r == "" || r == resource)
}

func stranger(from string, o *engine.Observation) {
	if from == "" {
		ignore(o, "stranger", "a PBX payload without a sender")
		return
	}
	ignore(o, "stranger", "a PBX payload from "+clean(from))
}
