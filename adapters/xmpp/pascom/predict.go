package pascom

import "strings"

// expected is one child of a ChannelEvent in the order in which the PBX writes them.
type expected struct{ open, close string }

var expectedFields = func() (all [fieldDeviceID]expected) {
	for f := range all {
		all[f] = expected{"<" + fieldNames[f], "</" + fieldNames[f] + ">"}
	}
	return all
}()

const (
	predictOpen           = `<message`
	predictTo             = ` to="`
	predictFrom           = ` from="`
	predictPayload        = `><cmd xmlns="` + namespace + `" module="base"><ChannelEvent>`
	predictPayloadSwapped = `><cmd module="base" xmlns="` + namespace + `"><ChannelEvent>` // same length
	predictEnd            = `</ChannelEvent></cmd></message>`
)

// predict reads a ChannelEvent whose header and children stand as expected; children may be missing. It leaves
// everything else to scan.
func predict(s string, e *simpleStanza) bool {
	i, ok := predictHead(s, e)
	if !ok {
		return false
	}
	for f := range expectedFields {
		i = spaceAt(s, i)
		open := expectedFields[f].open
		next := i + len(open)
		if next+1 >= len(s) || s[i:next] != open {
			continue
		}
		if s[next] == '/' && s[next+1] == '>' {
			i = next + 2
			continue
		}
		if s[next] != '>' {
			continue // a longer name
		}
		if field(f) == fieldLabels {
			c := scanner{s: s, i: next + 1}
			c.labels(e)
			i, ok = c.i, !c.broken
		} else {
			e.fields[f], i, ok = textAt(s, next+1)
		}
		if !ok {
			return false
		}
		closing := expectedFields[f].close
		next = i + len(closing)
		if next > len(s) || s[i:next] != closing {
			return false
		}
		i = next
	}
	i = spaceAt(s, i)
	next := i + len(predictEnd)
	e.form = formChannel
	return next <= len(s) && s[i:next] == predictEnd && spaceAt(s, next) == len(s)
}

// predictHead reads up to the first child. A server on the way may change the order of attributes.
func predictHead(s string, e *simpleStanza) (i int, ok bool) {
	if !strings.HasPrefix(s, predictOpen) {
		return 0, false
	}
	var to, from bool
	for i = len(predictOpen); i < len(s) && s[i] == ' '; {
		switch {
		case !to && strings.HasPrefix(s[i:], predictTo):
			e.to, i, to = valueAt(s, i+len(predictTo)-1)
			ok = to
		case !from && strings.HasPrefix(s[i:], predictFrom):
			e.from, i, from = valueAt(s, i+len(predictFrom)-1)
			ok = from
		default:
			return 0, false
		}
		if !ok {
			return 0, false
		}
	}
	next := i + len(predictPayload)
	return next, next <= len(s) && (s[i:next] == predictPayload || s[i:next] == predictPayloadSwapped)
}
