package dialplan

import (
	"fmt"
	"regexp"
)

// MaxRules and MaxRulePattern bound what a configuration can ask for.
const (
	MaxRules       = 100
	MaxRulePattern = 256
	// MaxRewritten bounds what a rule makes of a number, in bytes.
	MaxRewritten = 256
)

// Rule rewrites a number that its pattern matches (decision B16). The pattern
// is a Go regular expression, whose matching time is linear; the replacement
// may use $1 or ${1}.
type Rule struct {
	pattern     *regexp.Regexp
	replacement string
	last        bool
}

// NewRule compiles a rule. With last set no later rule is tried once it
// matched. It fails with ErrPlan.
func NewRule(pattern, replacement string, last bool) (Rule, error) {
	if pattern == "" || len(pattern) > MaxRulePattern || len(replacement) > MaxRulePattern {
		return Rule{}, fmt.Errorf("dialplan: %w: a rule's pattern has 1 to %d characters, its replacement at most %[2]d", ErrPlan, MaxRulePattern)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return Rule{}, fmt.Errorf("dialplan: %w: rule %q: %w", ErrPlan, pattern, err)
	}
	return Rule{re, replacement, last}, nil
}

// Rules are tried in order, each on what the one before left.
type Rules []Rule

// Apply rewrites a number. A result longer than MaxRewritten is not taken, so rules
// cannot grow a number without bound.
func (rs Rules) Apply(number string) string {
	for i, r := range rs {
		if i == MaxRules {
			break
		}
		if !r.pattern.MatchString(number) {
			continue
		}
		if next := r.pattern.ReplaceAllString(number, r.replacement); len(next) <= MaxRewritten {
			number = next
		}
		if r.last {
			break
		}
	}
	return number
}
