package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEverySettingIsDocumented: each flag of run has its row in docs/operate/settings.md, with its environment variable.
func TestEverySettingIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/operate/settings.md")
	require.NoError(t, err)
	parser, err := newParser(&cli{}, io.Discard, io.Discard, func(int) {})
	require.NoError(t, err)
	found := 0
	for _, command := range parser.Model.Children {
		if command.Name != "run" {
			continue
		}
		for _, flag := range command.Flags {
			if flag.Hidden || flag.Name == "help" {
				continue
			}
			found++
			require.True(t, strings.Contains(string(page), "`"+flag.Name+"`"), "docs/operate/settings.md says nothing of --%s", flag.Name)
			for _, variable := range flag.Envs {
				require.True(t, variable == "OFFHOOK_NATS_KEY" || strings.Contains(string(page), "`"+variable+"`"), "docs/operate/settings.md says nothing of %s", variable)
			}
		}
	}
	require.Greater(t, found, 30)
}
