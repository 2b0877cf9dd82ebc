package pbx

import (
	_ "embed"
	"fmt"
)

// DefaultPassword is the password of every user of DefaultOffice. It protects
// nothing: the office is a simulation on the loopback address.
const DefaultPassword = "Hörer-ab-47"

//go:embed scripts/busy-minute.pbx
var busyMinute []byte

// BusyMinute returns a script for DefaultOffice: inbound calls, answer at the phone,
// hold, transfer, pickup, busy, a missed call, a connection lost during a call.
func BusyMinute() []byte { return append([]byte(nil), busyMinute...) }

// DefaultOffice returns a small office: domain branch, extensions 41 to 46, a queue 60.
//
//	41 ilund    Ida Lund      reception
//	42 mroth    Marco Roth    two phones: desk and cordless
//	43 sabe     Sakura Abe
//	44 kpark    Kim Park      login spelt KPark by the PBX
//	45 jvogel   Jörg Vogel    a phone that can only dial and hang up; a role without types
//	46 switch   Switchboard   supervisor
func DefaultOffice() Config {
	phone := func(name, peer string) []Device {
		return []Device{{Name: name, Type: "Generic SIP Phone", Peer: peer, Caps: AllCaps()}}
	}
	plain := Role{Name: "Staff", Types: []string{"xmpp.group", "pickup.group"}}
	user := func(login, name, ext string, devices []Device, roles ...Role) User {
		return User{Login: login, Password: DefaultPassword, Name: name, Extension: ext, Devices: devices, Roles: append(roles, plain)}
	}
	return Config{
		Domain: "branch", CountryCode: "49",
		Users: []User{
			user("ilund", "Ida Lund", "41", phone("Yealink 0015650a31 [Reception]", "yl0A31")),
			user("mroth", "Marco Roth", "42", append(phone("Snom 000413b207 [Desk+1]", "snB207"), phone("Gigaset 7c2f80c9e1 [Cordless]", "ggC9E1")...)),
			user("sabe", "Sakura Abe", "43", phone("Snom 000413b2f9 [Lab]", "snB2F9")),
			user("KPark", "Kim Park", "44", phone("Yealink 0015650a4c [Office 2]", "yl0A4C")),
			user("jvogel", "Jörg Vogel", "45", []Device{{Name: "Ascom 00013e11d0 [Store]", Peer: "as11D0", Caps: []string{"dial", "hangup"}}}, Role{Name: "Store"}),
			user("switch", "Switchboard", "46", phone("Snom 000413b300 [Switch]", "snB300"), Supervisor()),
		},
		Queues:       []Queue{{Login: "q_1", Name: "Support", Extension: "60", Members: []string{"sabe", "KPark"}}},
		PickupGroups: map[string][]string{"front": {"ilund", "sabe", "KPark", "switch"}},
	}
}

// maxGeneratedUsers bounds the generated users of an office; their extensions have four digits.
const maxGeneratedUsers = 5000

// generatedUsers returns users that extend an office from have to want users: user0007 "Generated User 7", extension 2007,
// and so on.
func generatedUsers(have, want int) []User {
	var l []User
	for n := have + 1; n <= want; n++ {
		l = append(l, User{
			Login: fmt.Sprintf("user%04d", n), Password: DefaultPassword, Name: fmt.Sprintf("Generated User %d", n), Extension: fmt.Sprint(2000 + n),
			Roles:   []Role{{Name: "Staff", Types: []string{"xmpp.group", "pickup.group"}}},
			Devices: []Device{{Name: fmt.Sprintf("Snom 000413%06x [Desk %d]", n, n), Type: "Generic SIP Phone", Peer: fmt.Sprintf("sn%06X", n), Caps: AllCaps()}},
		})
	}
	return l
}
