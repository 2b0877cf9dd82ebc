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

// The columns of Identity that matter, and the role type of those who may see and act for all.
const (
	columnUser      = "db_003use_name"
	columnName      = "db_003use_bez"
	columnEnabled   = "db_003use_enabled"
	columnExtension = "db_009ext_extension"
	roleSupervisor  = "xmpp.supervisor"
)

// userInfo reads xmppuser.UserInfo. The user's spelling is that of Identity, else that of the name attribute (a login,
// lower-cased). Who is not said to be disabled is enabled.
func (d *Dialect) userInfo(p *node) engine.UserInfo {
	identity := p.kid("Identity")
	if identity == nil {
		identity = &node{}
	}
	u := engine.UserInfo{User: token(trim(identity.value(columnUser))), Name: clean(identity.value(columnName)),
		Extension: cleanNumber(identity.value(columnExtension)), Enabled: true}
	if u.User == "" {
		u.User = token(trim(p.attr("name")))
	}
	if enabled, ok := truth(identity.value(columnEnabled)); ok && trim(identity.value(columnEnabled)) != "" {
		u.Enabled = enabled
	}
	p.each("Roletype", func(n *node) { // a Role may lack its RoletypeList
		u.Supervisor = u.Supervisor || trim(n.value("name")) == roleSupervisor
	})
	u.Devices = d.devices(p)
	return u
}

// devices lists the user's phones: the roaming location's first, then the static one's (decision B10).
func (d *Dialect) devices(p *node) (all []events.Device) {
	for _, roaming := range [...]bool{true, false} {
		p.each("Location", func(l *node) {
			static, ok := truth(l.value("isstatic"))
			if trim(l.value("isstatic")) == "" || !ok {
				static = true
			}
			if static == roaming {
				return
			}
			l.each("Phonedevice", func(n *node) {
				dev := d.device(n, roaming)
				same := func(o events.Device) bool { return o.Name == dev.Name }
				if dev.Name != "" && len(all) < maxDevices && !slices.ContainsFunc(all, same) {
					all = append(all, dev)
				}
			})
		})
	}
	return all
}

func (d *Dialect) device(n *node, roaming bool) events.Device {
	id := n.value("id")
	if id == "" {
		id = n.value("deviceId")
	}
	dev := events.Device{Name: d.deviceName(n.value("name"), id), Kind: clean(n.value("type")), Roaming: roaming}
	if caps := n.kid("capabilities"); caps != nil {
		dev.Known = true // even if there are none
		for _, k := range caps.kids {
			if name := clean(k.name); len(dev.Capabilities) < maxCapabilities && !slices.Contains(dev.Capabilities, name) {
				dev.Capabilities = append(dev.Capabilities, name)
			}
		}
	}
	return dev
}
