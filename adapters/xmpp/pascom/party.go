package pascom

import (
	"strings"
	"unicode"

	"offhook/events"
)

// party returns one side of a call from its number, its name and the caller-ID text that replaces a missing name
// (decision B16). A name equal to the number counts as missing. A withheld number is empty.
func party(number, name, callerID string) events.Party {
	p := events.Party{Number: cleanNumber(number), Name: cleanText(name)}
	if isNumber(p.Name, number, p.Number) {
		p.Name = cleanText(callerID)
		if isNumber(p.Name, number, p.Number) {
			p.Name = ""
		}
	}
	if p.Number == "" || isWithheld(p.Number) {
		p.Number = ""
		if isWithheld(p.Name) {
			p.Name = ""
		}
	}
	return p
}

// isNumber says whether a name is missing or only repeats the number, perhaps with blanks in it.
func isNumber(name, raw, number string) bool {
	if name == "" || name == raw {
		return true
	}
	return number != "" && name[0] == number[0] && cleanNumber(name) == number
}

// isWithheld says whether the PBX wrote a word where a number should be.
func isWithheld(number string) bool {
	if at := strings.IndexByte(number, '@'); at > 0 {
		number = number[:at]
	}
	return equalFoldASCII(number, "anonymous") || equalFoldASCII(number, "unknown")
}

// cleanNumber takes blanks and control characters out of a number and keeps the rest as the PBX writes it; the
// projection applies further rules (decision B16).
func cleanNumber(s string) string {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			s = strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) || isUnprintable(r) {
					return -1
				}
				return r
			}, s)
			break
		}
	}
	if len(s) > maxNumber { // no part of it would be the number
		return ""
	}
	return s
}
