package control

// Value is one line of a request or a response.
type Value struct{ Name, Value string }

// Values are the lines in their order. A name may repeat.
type Values []Value

// Get returns the first value of that name, or "".
func (v Values) Get(name string) string {
	for _, x := range v {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

// Has reports whether there is a value of that name.
func (v Values) Has(name string) bool {
	for _, x := range v {
		if x.Name == name {
			return true
		}
	}
	return false
}

// All returns the values of that name, in order.
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

// Names returns the names, each once, in the order of their first line.
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

// Error returns the sentence and the code.
func (e *Error) Error() string { return "control: " + e.Text + " (" + e.Code + ")" }

// The codes of the channel itself. Handlers have further ones; docs/operate/control.md lists all.
const (
	CodeBadRequest  = "bad-request"  // the request cannot be read
	CodeUnknownVerb = "unknown-verb" // this daemon has no such verb
	CodeDenied      = "denied"       // the caller may not do that
	CodeBusy        = "busy"         // too many connections or attempts; try again later
	CodeFailed      = "failed"       // it was tried and failed
	CodeTooLarge    = "too-large"    // the response is too large
)
