package bycall

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// channel is a party as the engine names a branch; empty if it cannot be one. A leg has no slash.
func channel(call, leg string) string {
	if token(call) == "" || token(leg) == "" || strings.Contains(leg, "/") {
		return ""
	}
	return token(call + "/" + leg)
}

// parts takes a channel apart again.
func parts(channel string) (call, leg string) {
	if i := strings.LastIndexByte(channel, '/'); i >= 0 {
		return channel[:i], channel[i+1:]
	}
	return channel, ""
}

func localPart(jid string) string {
	bare, _, _ := strings.Cut(jid, "/")
	local, _, ok := strings.Cut(bare, "@")
	if !ok {
		return ""
	}
	return local
}

// token is text that the PBX must get back as it is; empty if it is too long or holds what no id holds.
func token(s string) string {
	if len(s) > maxText || strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return s
}

// clean makes one line of at most maxText bytes for people.
func clean(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimRight(s[:end], " ")
}
