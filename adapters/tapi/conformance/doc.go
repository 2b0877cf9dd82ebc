// Package conformance checks a stream of TAPI messages against the rules that a stream alone can break. Monitor takes the
// messages in order and gives the rules that each one breaks, by number. Tests, the scenario runner and the load test of the
// daemon use it.
//
// The package makes no messages and corrects none. Begin with Monitor.Observe; docs/develop/conformance.md lists the rules.
package conformance
