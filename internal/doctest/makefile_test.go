package doctest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPhonyTargets: .PHONY of the Makefile names its targets, none of which is a file.
func TestPhonyTargets(t *testing.T) {
	makefile := read(t, "Makefile")
	phony := strings.Fields(regexp.MustCompile(`(?m)^\.PHONY: (.*)$`).FindStringSubmatch(makefile)[1])
	var targets []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z][a-z-]*):(?:[^=]|$)`).FindAllStringSubmatch(makefile, -1) {
		targets = append(targets, m[1])
	}
	slices.Sort(phony)
	slices.Sort(targets)
	require.Equal(t, targets, phony)
}
