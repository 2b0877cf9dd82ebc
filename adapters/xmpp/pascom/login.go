package pascom

import "offhook/engine"

// reportedOSUser is sent as the operating system's account, instead of the real one.
const reportedOSUser = "offhook"

// appendLogin writes ClientInfo with the subscriptions: the calls of all users for a supervisor, else the own ones
// (a supervisor who subscribes to every event gets too many).
func (d *Dialect) appendLogin(b []byte, c engine.Command) []byte {
	scope := "user"
	if c.Login.Supervisor {
		scope = "supervisor"
	}
	b = append(b, "<ClientInfo>"...)
	b = appendElement(appendElement(b, "os", d.opts.OS), "osUser", reportedOSUser)
	b = appendElement(appendElement(b, "clientVersion", c.Login.Version), "user", c.Login.User)
	b = append(appendElement(b, "jid", c.JID), "<clientIp/><AddSubscription>"...)
	b = appendSubscription(b, "base", "ChannelEvent", scope)
	if !c.Login.CallsOnly {
		b = appendSubscription(b, "base", "PickupEvent", "user")
		b = appendSubscription(b, "journal", "*", "user")
		b = appendSubscription(b, "location", "*", "")
	}
	return append(b, "</AddSubscription></ClientInfo>"...)
}

func appendSubscription(b []byte, module, typ, scope string) []byte {
	b = appendAttr(append(b, "<Subscription"...), "module", module)
	b = appendAttr(appendAttr(b, "type", typ), "scope", scope)
	return append(b, "/>"...)
}
