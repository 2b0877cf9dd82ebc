package pascom

// namespace is the XML namespace of every payload of the command API.
const namespace = "http://www.pascom.net/mobydick"

// form is the kind of a simple stanza.
type form uint8

const (
	formNone form = iota
	formChannel
	formPickup
	formPresence
)

// field is a child element of ChannelEvent or PickupEvent, in the order in which the PBX writes them.
type field uint8

const (
	fieldType field = iota
	fieldID
	fieldDetails
	fieldOutbound
	fieldInternal
	fieldSourceName
	fieldSourceNumber
	fieldSourceCallerID
	fieldTargetName
	fieldTargetCallerID
	fieldTargetNumber
	fieldBusySince
	fieldRefChannel
	fieldDevice
	fieldFromName
	fieldFromNumber
	fieldUser
	fieldLabels // read into event.labels
	fieldDeviceID
	fieldTarget // PickupEvent only
	fieldCount
)

var fieldNames = [fieldCount]string{"eventType", "eventId", "eventDetails", "outbound", "internal", "sourceName",
	"sourceNumber", "sourceCallerIdName", "targetName", "targetCallerIdName", "targetNumber", "busySince", "refChannel",
	"device", "fromName", "fromNumber", "username", "LabelList", "deviceId", "target"}

// fieldNamed finds a field; ok is false for one that offhook does not know. A switch, as it is searched by bisection.
func fieldNamed(name string) (f field, ok bool) {
	switch name {
	case "eventType":
		return fieldType, true
	case "eventId":
		return fieldID, true
	case "eventDetails":
		return fieldDetails, true
	case "outbound":
		return fieldOutbound, true
	case "internal":
		return fieldInternal, true
	case "sourceName":
		return fieldSourceName, true
	case "sourceNumber":
		return fieldSourceNumber, true
	case "sourceCallerIdName":
		return fieldSourceCallerID, true
	case "targetName":
		return fieldTargetName, true
	case "targetCallerIdName":
		return fieldTargetCallerID, true
	case "targetNumber":
		return fieldTargetNumber, true
	case "busySince":
		return fieldBusySince, true
	case "refChannel":
		return fieldRefChannel, true
	case "device":
		return fieldDevice, true
	case "fromName":
		return fieldFromName, true
	case "fromNumber":
		return fieldFromNumber, true
	case "username":
		return fieldUser, true
	case "LabelList":
		return fieldLabels, true
	case "deviceId":
		return fieldDeviceID, true
	case "target":
		return fieldTarget, true
	}
	return 0, false
}

// simpleStanza is a simple stanza as it was written, with entities resolved.
type simpleStanza struct {
	to, from, stanzaType, id string
	form                     form
	show                     string // presence
	fields                   [fieldCount]string
	labels                   []label
	conflicting              string // a field written twice with different text
}

// label is a Label of LabelList (since 7.11).
type label struct{ display, value, visible string }
