package pascom

import "offhook/engine"

// osUser is told as the account that runs the client: nobody needs the real one.
const osUser = "offhook"

// appendLogin writes ClientInfo with the subscriptions: the calls of all users for a supervisor, else the own ones
// (narrow on purpose: a supervisor who subscribes to everything is flooded).
func (d *Dialect) appendLogin(b []byte, c engine.Command) []byte {
	scope := "user"
	if c.Login.Supervisor {
		scope = "supervisor"
	}
	b = append(b, "<ClientInfo>"...)
	b = appendElement(appendElement(b, "os", d.opts.OS), "osUser", osUser)
	b = appendElement(appendElement(b, "clientVersion", c.Login.Version), "user", c.Login.User)
	b = append(appendElement(b, "jid", c.JID), "<clientIp/><AddSubscription>"...)
	b = subscription(b, "base", "ChannelEvent", scope)
	if !c.Login.CallsOnly {
		b = subscription(b, "base", "PickupEvent", "user")
		b = subscription(b, "journal", "*", "user")
		b = subscription(b, "location", "*", "")
	}
	return append(b, "</AddSubscription></ClientInfo>"...)
}

func subscription(b []byte, module, typ, scope string) []byte {
	b = appendAttr(append(b, "<Subscription"...), "module", module)
	b = appendAttr(appendAttr(b, "type", typ), "scope", scope)
	return append(b, "/>"...)
}
