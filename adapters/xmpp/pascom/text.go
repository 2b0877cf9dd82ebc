package pascom

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of text in observations, in bytes.
const (
	maxText   = 256 // names, labels, the PBX's words
	maxToken  = 256 // channels, devices, users: longer ones are no such thing
	maxNumber = 128
)

// clean makes text for people out of what the PBX wrote: one line, no control or direction characters, no blanks
// around it, valid UTF-8, at most maxText bytes. It is part of s unless something had to be taken out.
func clean(s string) string {
	s = trim(s)
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f {
			return cleanHard(s)
		}
	}
	return cut(s)
}

func cleanHard(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, unwanted) < 0 {
		return cut(s)
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case !unwanted(r):
			b.WriteRune(r)
		}
		if b.Len() > 4*maxText {
			break
		}
	}
	return cut(strings.Join(strings.Fields(b.String()), " "))
}

// unwanted says whether a character has no place in a line of text: controls, line separators and the invisible
// characters that turn the direction of what follows.
func unwanted(r rune) bool {
	return unicode.IsControl(r) || r >= '\u2028' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\uFEFF'
}

// cut bounds text at the last whole character.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimRight(s[:end], " ")
}

func trim(s string) string {
	if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' {
		return s
	}
	return strings.Trim(s, " \t\r\n")
}

// token is text that the PBX must get back as it is: a channel, a device, a user. What cannot be one (too long, with
// control characters) is empty. Blanks within it, and around a device's name, are part of it.
func token(s string) string {
	if len(s) > maxToken {
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
