package engine

import (
	"strings"
)

// FirstTag keeps of a stanza that is not the PBX's business only its first tag (decision A12).
func FirstTag(raw string) string {
	i := strings.IndexByte(raw, '>')
	if i < 0 {
		return ""
	}
	if i > 0 && raw[i-1] == '/' {
		return raw[:i+1]
	}
	return raw[:i] + "/>"
}
