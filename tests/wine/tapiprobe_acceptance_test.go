package winetest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
)

// withoutTexts removes comments and texts from a PowerShell script, which leaves its structure.
func withoutTexts(script string) string {
	for _, r := range []string{`(?s)<#.*?#>`, `'[^'\n]*'`, `"[^"\n]*"`, `(?m)#.*$`} {
		script = regexp.MustCompile(r).ReplaceAllString(script, "")
	}
	return script
}

// TestAcceptanceScript checks what can be checked in acceptance.ps1 without a PowerShell.
func TestAcceptanceScript(t *testing.T) {
	content, err := os.ReadFile("../tapiprobe/acceptance.ps1")
	require.NoError(t, err)
	for i, c := range content {
		require.True(t, c == '\n' || c >= 0x20 && c < 0x7F, "byte %d is no plain ASCII: old PowerShells read files in the machine's code page", i)
	}
	script, code := string(content), withoutTexts(string(content))

	var open []rune
	closes := map[rune]rune{'}': '{', ')': '(', ']': '['}
	for _, c := range code {
		switch c {
		case '{', '(', '[':
			open = append(open, c)
		case '}', ')', ']':
			require.NotEmpty(t, open, "%c closes nothing", c)
			require.Equal(t, string(closes[c]), string(open[len(open)-1]))
			open = open[:len(open)-1]
		}
	}
	require.Empty(t, open)

	for _, newer := range []string{`(?m)^\s*(class|enum|using)\s`, `\?\?`, `\?\.`, `\s\?\s`, `&&`, `\|\|`, `::new\(`, `-NoNewline`, `-Parallel`, `Get-FileHash`,
		`Compress-Archive`, `Expand-Archive`, `New-TemporaryFile`, `Get-WmiObject`, `-Encoding utf8NoBOM`, `Invoke-Expression`, `Invoke-WebRequest`} {
		require.NotRegexp(t, newer, code, "later than PowerShell 3, or gone from 7, or not wanted")
	}

	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^function ([A-Z][a-z]+-[A-Za-z]+)`).FindAllStringSubmatch(script, -1) {
		require.False(t, defined[m[1]], "%s is there twice", m[1])
		defined[m[1]] = true
	}
	// These are the commands of PowerShell 3 that it uses; it must define all others.
	known := strings.Fields("Set-StrictMode Split-Path New-Object Write-Host Test-Path Get-ItemProperty Get-Item Start-Process Start-Sleep Join-Path " +
		"Remove-Item New-Item Get-Location Get-Date Get-Service Get-CimInstance Get-AuthenticodeSignature ConvertFrom-Json ConvertTo-Json Where-Object " +
		"ForEach-Object Group-Object Get-WinEvent Stop-Process")
	for _, word := range regexp.MustCompile(`\b[A-Z][a-z]+-[A-Z][A-Za-z]+\b`).FindAllString(code, -1) {
		require.True(t, defined[word] || slices.Contains(known, word), "%s is nowhere", word)
	}
	for name := range defined {
		require.Regexp(t, `\b`+name+`\b`, strings.Replace(code, "function "+name, "", 1), "%s is never used", name)
	}

	order := regexp.MustCompile(`(?s)\$order = @\((.*?)\)`).FindStringSubmatch(script)
	require.NotNil(t, order)
	var named []string
	for _, m := range regexp.MustCompile(`'([^']+)'`).FindAllStringSubmatch(order[1], -1) {
		require.FileExists(t, "../tapiprobe/scenarios/"+m[1]+".txt")
		named = append(named, m[1])
	}
	files, err := filepath.Glob("../tapiprobe/scenarios/*.txt")
	require.NoError(t, err)
	require.Len(t, files, len(named), "every scenario is run")

	manual, err := os.ReadFile("../tapiprobe/main.c")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`Invoke-Program \$Pro(?:be|gram) @\('([a-z-]+)'`).FindAllStringSubmatch(script, -1) {
		require.Contains(t, string(manual), "tapiprobe "+m[1], "a verb of tapiprobe")
	}
	for _, m := range regexp.MustCompile(`'(--[a-z-]+)'`).FindAllStringSubmatch(script, -1) {
		ours := strings.Contains(string(manual), m[1])
		require.True(t, ours || slices.Contains([]string{"--listen", "--control", "--ca-out", "--password-file"}, m[1]), "%s is not an option", m[1])
	}
	require.NotContains(t, script, pbx.DefaultPassword)
}

// TestAcceptanceCommands runs offhook with the command lines of acceptance.ps1: the simulated PBX prints what the script looks for, and a
// daemon with the script's settings logs in there.
func TestAcceptanceCommands(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	program := at("offhook")
	out, err := exec.Command("go", "build", "-o", program, "../../cmd/offhook").CombinedOutput()
	require.NoError(t, err, "%s", out)
	content, err := os.ReadFile("../tapiprobe/acceptance.ps1")
	require.NoError(t, err)
	script := string(content)

	require.Contains(t, script, "@('pbx', '--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--ca-out', $Ca)")
	office := exec.Command(program, "pbx", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--ca-out", at("ca.pem"))
	output, err := office.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, office.Start())
	t.Cleanup(func() { _ = office.Process.Kill(); _ = office.Wait() })
	var text string
	for in := bufio.NewScanner(output); !strings.Contains(text, "control at") && in.Scan(); {
		text += in.Text() + "\n"
	}
	var found []string
	for _, m := range regexp.MustCompile(`\$text -match '([^']+)'`).FindAllStringSubmatch(script, -1) {
		f := regexp.MustCompile(m[1]).FindStringSubmatch(text)
		require.NotNil(t, f, "%s is not in %s", m[1], text)
		found = append(found, f[1])
	}
	require.Len(t, found, 3)
	require.Equal(t, pbx.DefaultPassword, found[1])

	require.NoError(t, os.WriteFile(at("secret"), []byte(found[1]), 0o600))
	for _, words := range []string{"@('version')", "@('config', 'show')",
		"@('config', 'set', 'user=switch@branch', 'host=127.0.0.1', ('port=' + $Office.port), 'domain=', 'pin=', ('ca=' + $Ca),\n        'users=all', '--password-file', $secret)"} {
		require.Contains(t, script, words, "the command lines of this test are the script's")
	}
	for _, args := range [][]string{{"version"}, {"config", "show"}, {"config", "set", "user=switch@branch", "host=127.0.0.1", "port=" + found[0], "domain=", "pin=",
		"ca=" + at("ca.pem"), "users=all", "--password-file", at("secret")}, {"config", "test"}} {
		if args[0] == "config" {
			args = append(args, "--data-dir", at("state"))
		}
		out, err := exec.Command(program, args...).CombinedOutput()
		require.NoError(t, err, "%v: %s", args, out)
		require.NotContains(t, string(out), pbx.DefaultPassword)
	}
}
