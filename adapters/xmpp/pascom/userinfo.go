package pascom

import (
	"slices"

	"offhook/engine"
	"offhook/events"
)

// Bounds of a user's description.
const (
	maxDevices      = 64
	maxCapabilities = 32
)

// The columns of Identity that offhook reads, and the role type of users who may act for all.
const (
	columnUser      = "db_003use_name"
	columnName      = "db_003use_bez"
	columnEnabled   = "db_003use_enabled"
	columnExtension = "db_009ext_extension"
	roleSupervisor  = "xmpp.supervisor"
)

// readUserInfo reads xmppuser.UserInfo. The user's spelling is that of Identity, else that of the name attribute (a login,
// lower-cased). A user is enabled unless the PBX says no.
func (d *Dialect) readUserInfo(p *node) engine.UserInfo {
	identity := p.child("Identity")
	if identity == nil {
		identity = &node{}
	}
	u := engine.UserInfo{User: identifier(trimSpace(identity.childOrAttr(columnUser))), Name: cleanText(identity.childOrAttr(columnName)),
		Extension: cleanNumber(identity.childOrAttr(columnExtension)), Enabled: true}
	if u.User == "" {
		u.User = identifier(trimSpace(p.attr("name")))
	}
	if enabled, ok := parseBool(identity.childOrAttr(columnEnabled)); ok && trimSpace(identity.childOrAttr(columnEnabled)) != "" {
		u.Enabled = enabled
	}
	p.eachDescendant("Roletype", func(n *node) { // a Role may lack its RoletypeList
		u.Supervisor = u.Supervisor || trimSpace(n.childOrAttr("name")) == roleSupervisor
	})
	u.Devices = d.readDevices(p)
	return u
}

// readDevices lists the user's phones: the roaming location's first, then the static one's (decision B10).
func (d *Dialect) readDevices(p *node) (all []events.Device) {
	for _, roaming := range [...]bool{true, false} {
		p.eachDescendant("Location", func(l *node) {
			static, ok := parseBool(l.childOrAttr("isstatic"))
			if trimSpace(l.childOrAttr("isstatic")) == "" || !ok {
				static = true
			}
			if static == roaming {
				return
			}
			l.eachDescendant("Phonedevice", func(n *node) {
				dev := d.readDevice(n, roaming)
				same := func(o events.Device) bool { return o.Name == dev.Name }
				if dev.Name != "" && len(all) < maxDevices && !slices.ContainsFunc(all, same) {
					all = append(all, dev)
				}
			})
		})
	}
	return all
}

func (d *Dialect) readDevice(n *node, roaming bool) events.Device {
	id := n.childOrAttr("id")
	if id == "" {
		id = n.childOrAttr("deviceId")
	}
	dev := events.Device{Name: d.deviceName(n.childOrAttr("name"), id), Kind: cleanText(n.childOrAttr("type")), Roaming: roaming}
	if caps := n.child("capabilities"); caps != nil {
		dev.Known = true // even if there are none
		for _, k := range caps.children {
			if name := cleanText(k.name); len(dev.Capabilities) < maxCapabilities && !slices.Contains(dev.Capabilities, name) {
				dev.Capabilities = append(dev.Capabilities, name)
			}
		}
	}
	return dev
}
