package winetest

import (
	"archive/zip"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
	"offhook/internal/wiring"
	"offhook/replay"
)

// TestTraceUnderWine starts and stops a trace in the daemon's Windows build, through its pipe, during a call. The archive can be replayed
// here, and the provider DLL logs everything meanwhile.
func TestTraceUnderWine(t *testing.T) {
	b := newPrefix(t)
	office, err := pbx.Start(pbx.DefaultOffice())
	require.NoError(t, err)
	defer office.Close()
	write := func(name string, content []byte) string {
		name = filepath.Join(b.dir, name)
		require.NoError(t, os.WriteFile(name, content, 0o600))
		return winePath(name)
	}
	_, port, err := net.SplitHostPort(office.Addr())
	require.NoError(t, err)
	key := exec.Command("wine", "reg", "add", `HKLM\SOFTWARE\offhook\Provider`, "/f")
	key.Env = b.env()
	require.NoError(t, key.Run())
	traced := func() bool {
		query := exec.Command("wine", "reg", "query", `HKLM\SOFTWARE\offhook\Provider`, "/v", "Trace")
		query.Env = b.env()
		return query.Run() == nil
	}
	const control = `\\.\pipe\offhook-trace-test`
	offhook := b.buildGo("offhook.exe", "build", "../../cmd/offhook")
	daemon := b.start(nil, offhook, "run", "--user", "ilund@branch", "--host", "127.0.0.1", "--port", port, "--ca", write("ca.pem", office.CertPEM()),
		"--password-file", write("account.secret", []byte(pbx.DefaultPassword)), "--data-dir", `C:\offhook`, "--journal-kind", "files",
		"--tapi-listen", "none", "--control", control)
	daemon.waitUntil("a session", func() bool { return strings.Contains(daemon.text(), "session up") })
	ask := func(args ...string) (int, string) {
		p := b.start(nil, offhook, append(args, "--data-dir", `C:\offhook`, "--control", control)...)
		code := p.wait()
		return code, p.text()
	}
	code, text := ask("lines")
	require.Zero(t, code, text)
	require.Contains(t, text, "ilund")
	_, err = office.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	code, text = ask("trace", "start")
	require.Zero(t, code, text)
	require.Contains(t, text, `C:\offhook\log\offhook-trace-`)
	require.True(t, traced())
	code, text = ask("trace", "start")
	require.Equal(t, 1, code)
	require.Contains(t, text, "a trace runs already")
	require.NoError(t, office.Answer("41"))
	require.NoError(t, office.HangupUser("41"))
	log := filepath.Join(b.prefix, "drive_c", "offhook", "log", "debug.log")
	daemon.waitUntil("the end of the call in the debug log", func() bool {
		output, _ := os.ReadFile(log)
		return strings.Contains(string(output), "(LINE_CALLSTATE), P1=0x1,")
	})
	code, text = ask("trace", "stop")
	require.Zero(t, code, text)
	require.False(t, traced())

	all, err := filepath.Glob(filepath.Join(filepath.Dir(log), "offhook-trace-*"))
	require.NoError(t, err)
	require.Len(t, all, 1)
	var out strings.Builder
	_, err = replay.Run(t.Context(), &out, replay.Options{Open: wiring.Open(nil)}, all[0])
	require.NoError(t, err)
	require.Contains(t, out.String(), "state 41/1 offering -> connected")
	require.Contains(t, out.String(), "line  41 LINE_CALLSTATE call=1 IDLE")
	z, err := zip.OpenReader(all[0])
	require.NoError(t, err)
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NotContains(t, string(content), pbx.DefaultPassword, f.Name)
		if f.Name == "about.txt" {
			require.Contains(t, string(content), "windows/amd64")
			require.Contains(t, string(content), "system         Windows ")
		}
	}
}
