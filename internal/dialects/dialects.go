// Package dialects makes the registry of the dialects that the program has. It alone names their packages: a new dialect
// is one line here.
package dialects

import (
	"offhook/adapters/xmpp/pascom"
	"offhook/engine"
)

// Registry makes the registry.
func Registry() engine.Registry {
	return engine.NewRegistry(pascom.Registration())
}
