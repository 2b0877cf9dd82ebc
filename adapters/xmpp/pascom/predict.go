package pascom

// expected is one child of a ChannelEvent in the order in which the PBX writes them.
type expected struct{ open, close string }

var order = func() (all [fieldDeviceID]expected) {
	for f := range all {
		all[f] = expected{"<" + fieldNames[f], "</" + fieldNames[f] + ">"}
	}
	return all
}()

const (
	predictTo      = `<message to="`
	predictFrom    = ` from="`
	predictPayload = `><cmd xmlns="` + namespace + `" module="base"><ChannelEvent>`
	predictEnd     = `</ChannelEvent></cmd></message>`
)

// predict reads a ChannelEvent whose header and children stand as expected; children may be missing. It leaves
// everything else to scan.
func predict(s string, e *event) bool {
	i, ok := predictHead(s, e)
	if !ok {
		return false
	}
	for f := range order {
		i = spaceAt(s, i)
		open := order[f].open
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
			e.f[f], i, ok = textAt(s, next+1)
		}
		if !ok {
			return false
		}
		closing := order[f].close
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

func predictHead(s string, e *event) (i int, ok bool) {
	i = len(predictTo)
	if len(s) < i || s[:i] != predictTo {
		return 0, false
	}
	if e.to, i, ok = valueAt(s, i-1); !ok {
		return 0, false
	}
	next := i + len(predictFrom)
	if next > len(s) || s[i:next] != predictFrom {
		return 0, false
	}
	if e.from, i, ok = valueAt(s, next-1); !ok {
		return 0, false
	}
	next = i + len(predictPayload)
	return next, next <= len(s) && s[i:next] == predictPayload
}
