package engine

// State is what a call is in, in TAPI's sense; the bits are adapters/tapi's. Each constant says what it means and what
// ends it. Nothing but the table in transitions.go moves a call.
type State uint8

// The states of a call.
const (
	// Null: the call does not exist yet. Its first event ends it.
	Null State = iota
	// Offering: it rings here. Ends with an answer, a hangup, or two minutes without either.
	Offering
	// Dialing: the PBX took our Dial or Pickup and nothing was heard of the call yet. Ends with its first event, or
	// after 60 s without one.
	Dialing
	// Proceeding: an outbound call is on its way. Ends with the far end's alerting, answer or hangup.
	Proceeding
	// Ringback: the far end is known to ring. Ends with answer or hangup.
	Ringback
	// Busy: an outbound call met busy tone and is still up (not pascom's "busy", which means talking). Ends with hangup.
	Busy
	// Connected: the parties talk. Ends with hold or hangup, never by age while the session is up.
	Connected
	// Held: the user holds it. Ends with resume or hangup.
	Held
	// Disconnected: the far end or the network ended it. Idle follows at once.
	Disconnected
	// Idle: it is over. Final.
	Idle
	// Unknown: the session to the PBX was lost for longer than the grace time. Ends with the call's next event, or when
	// its phone is found free.
	Unknown
	stateCount
)

var stateNames = [stateCount]string{"null", "offering", "dialing", "proceeding", "ringback", "busy", "connected", "held",
	"disconnected", "idle", "unknown"}

// String is the state in plain words, its one text form.
func (s State) String() string {
	if s < stateCount {
		return stateNames[s]
	}
	return "invalid"
}

// StateNamed finds a state by its text form.
func StateNamed(name string) (State, bool) {
	for s, n := range stateNames {
		if n == name {
			return State(s), true
		}
	}
	return Null, false
}

// Live says whether the call exists at the PBX as far as anybody knows.
func (s State) Live() bool { return s != Null && s != Disconnected && s != Idle }

// Answered says whether the parties have talked.
func (s State) Answered() bool { return s == Connected || s == Held }
