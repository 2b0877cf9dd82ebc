// Package dialects lists the dialects that the program has. It alone names their packages: a new dialect
// is one line here.
package dialects

import (
	"offhook/adapters/xmpp/pascom"
	"offhook/engine"
)

// Registry returns a new registry with every dialect.
func Registry() engine.Registry {
	return engine.NewRegistry(pascom.Registration())
}
