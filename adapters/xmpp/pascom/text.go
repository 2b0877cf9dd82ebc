package pascom

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of text in observations, in bytes.
const (
	maxText       = 256 // names, labels, the PBX's words
	maxIdentifier = 256 // channels, devices, users: longer text is none of these
	maxNumber     = 128
)

// cleanText returns what the PBX wrote as text for people: one line, no control or direction characters, no blanks
// around it, valid UTF-8, at most maxText bytes. The result is a part of s if nothing was removed.
func cleanText(s string) string {
	s = trimSpace(s)
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f {
			return cleanTextSlow(s)
		}
	}
	return truncateText(s)
}

func cleanTextSlow(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, isUnprintable) < 0 {
		return truncateText(s)
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case !isUnprintable(r):
			b.WriteRune(r)
		}
		if b.Len() > 4*maxText {
			break
		}
	}
	return truncateText(strings.Join(strings.Fields(b.String()), " "))
}

// isUnprintable says whether cleanText removes a character: controls, line separators and the invisible
// characters that turn the direction of what follows.
func isUnprintable(r rune) bool {
	return unicode.IsControl(r) || r >= '\u2028' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\uFEFF'
}

// truncateText cuts text to maxText bytes, after a whole character.
func truncateText(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimRight(s[:end], " ")
}

func trimSpace(s string) string {
	if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' {
		return s
	}
	return strings.Trim(s, " \t\r\n")
}

// identifier returns text that the PBX must get back unchanged: a channel, a device, a user. It is empty for text that
// cannot be one (too long, with control characters). Blanks within it, and around a device's name, are part of it.
func identifier(s string) string {
	if len(s) > maxIdentifier {
		return ""
	}
	blank := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return ""
		}
		blank = blank && s[i] == ' '
	}
	if blank {
		return ""
	}
	return s
}
