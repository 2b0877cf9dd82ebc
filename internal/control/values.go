package control

// Value is one line of a request or an answer.
type Value struct{ Name, Value string }

// Values are the lines in their order; a name may repeat.
type Values []Value

// Get is the first value of that name, or empty.
func (v Values) Get(name string) string {
	for _, x := range v {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

// Has says whether there is a value of that name.
func (v Values) Has(name string) bool {
	for _, x := range v {
		if x.Name == name {
			return true
		}
	}
	return false
}

// All are the values of that name, in order.
func (v Values) All(name string) []string {
	var all []string
	for _, x := range v {
		if x.Name == name {
			all = append(all, x.Value)
		}
	}
	return all
}

// Add appends a value.
func (v *Values) Add(name, value string) { *v = append(*v, Value{name, value}) }

// Names are the names that occur, each once, in the order of their first line.
func (v Values) Names() []string {
	var all []string
	for i, x := range v {
		if !v[:i].Has(x.Name) {
			all = append(all, x.Name)
		}
	}
	return all
}

// Error is a refusal: a stable code for programs and a sentence for people.
type Error struct{ Code, Text string }

// Error is the sentence.
func (e *Error) Error() string { return "control: " + e.Text + " (" + e.Code + ")" }

// The codes that the channel itself gives. Handlers have further ones; docs/operate/control.md lists all.
const (
	CodeBadRequest  = "bad-request"  // the request cannot be read
	CodeUnknownVerb = "unknown-verb" // this daemon has no such verb
	CodeDenied      = "denied"       // the caller may not do that
	CodeBusy        = "busy"         // too many connections or attempts; try again later
	CodeFailed      = "failed"       // it was tried and did not work
	CodeTooLarge    = "too-large"    // the answer does not fit
)
