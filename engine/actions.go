package engine

// Actions is a set of things that may be done with a line or a call. Which of them may be done now, offered_actions.go decides.
type Actions uint16

// The actions.
const (
	ActDial Actions = 1 << iota
	ActAnswer
	ActDrop
	ActHold
	ActUnhold
	ActPickup
	ActBlindTransfer
	ActSetupTransfer
	ActCompleteTransfer
	ActRedirect
	ActConference
	ActSwapHold
)

var actionNames = [...]string{"dial", "answer", "drop", "hold", "unhold", "pickup", "blind-transfer", "setup-transfer",
	"complete-transfer", "redirect", "conference", "swap-hold"}

// Has says whether all of b are in a.
func (a Actions) Has(b Actions) bool { return a&b == b }

// Names lists the set in the order of its bits.
func (a Actions) Names() []string {
	var names []string
	for i, n := range actionNames {
		if a&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// ActionNamed finds an action by its text form.
func ActionNamed(name string) (Actions, bool) {
	for i, n := range actionNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}
