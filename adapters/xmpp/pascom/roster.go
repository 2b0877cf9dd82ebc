package pascom

import (
	"offhook/engine"
)

// queuePrefix begins the user names of queues, which appear in rosters (decision C5).
const queuePrefix = "q_"

// rosterUsers lists the PBX's users in a roster (RFC 6121 clause 2.1.3): contacts of the PBX's own domain that are no
// queues, each once, as they are spelled, in document order.
func rosterUsers(query *node, domain string) (users []string) {
	seen := map[string]bool{}
	for _, item := range query.children {
		if item.name != "item" || item.space != query.space || item.attr("subscription") == "remove" {
			continue
		}
		user, host, _ := splitJID(trimSpace(item.attr("jid")))
		user = identifier(user)
		queue := len(user) >= len(queuePrefix) && equalFoldASCII(user[:len(queuePrefix)], queuePrefix)
		if user == "" || queue || domain != "" && !equalFoldASCII(host, domain) || seen[user] {
			continue
		}
		seen[user] = true
		users = append(users, user)
	}
	return users
}

// Login sends ClientInfo with the subscriptions and then the presence that makes the server pass on the presence of
// the users' phones (priority -128, decision C1).
func (d *Dialect) Login(jid string, s engine.LoginSettings) []engine.Command {
	return []engine.Command{{Kind: engine.CmdLogin, Login: s, JID: jid}, {Kind: engine.CmdPresence}}
}
