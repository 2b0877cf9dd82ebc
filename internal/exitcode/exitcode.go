// Package exitcode carries a process's exit code in an error, from the place that knows it to main.
//
// A wrong command line or setting ends the process with 2, everything else that fails with 1 (decision D1). An error
// without an Error around it counts as 1. The package prints nothing and ends nothing: main does. A newcomer begins with
// Usage.
package exitcode

import "fmt"

// The exit codes beside 0 (decision D1).
const (
	Failed   = 1 // something went wrong
	BadUsage = 2 // the command line or a setting is wrong
)

// Error is an error with an exit code. Without Err its text is empty: it was printed already.
type Error struct {
	Code int
	Err  error
}

// Error returns the text of the wrapped error.
func (e Error) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap returns the wrapped error.
func (e Error) Unwrap() error { return e.Err }

// Usage returns an error for a wrong command line or setting; the arguments are those of fmt.Errorf.
func Usage(format string, args ...any) error { return Error{BadUsage, fmt.Errorf(format, args...)} }
