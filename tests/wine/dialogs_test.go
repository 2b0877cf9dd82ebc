package winetest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
)

func userList(more ...string) []string {
	return append([]string{"ok", "user=ilund\t41\tIda Lund\tselected", "user=jvogel\t45\tJörg Vogel\tavailable", "user=KPark\t44\tKim Park\tavailable",
		"user=mroth\t\tMarco Roth\tavailable", "user=x&y\t47\t\tavailable"}, more...)
}

const admin, supervisor, up = "may=admin", "supervisor=yes", "session=up"

// TestDialogLayout checks the layout of both dialogs in both languages, with their longest texts.
func TestDialogLayout(t *testing.T) {
	c := newDialogPrefix(t)
	c.setSettings("version=2.10.33-beta", "flavour=debug", up, admin, supervisor)
	c.setAnswer("users", userList("complete=yes")...)
	c.startControlServer()
	for language, words := range map[string][]string{
		"en": {"offhook - Credentials", "&User name:", "Another account or server: the password is needed again.", "offhook - Select Users", "A line appears in Windows"},
		"de": {"offhook - Anmeldedaten", "&Benutzername:", "Anderes Konto oder anderer Server: das Kennwort wird neu gebraucht.", "offhook - Benutzer auswählen", "erscheint eine Leitung"},
	} {
		s := c.openDialog(t, "test", "config", language)
		s.waitText(cState, map[string]string{"en": "logged in", "de": "angemeldet"}[language])
		require.Equal(t, words[0], s.command("title"))
		require.Equal(t, words[1], s.command("text 1003"))
		s.requireLayout()
		s.click(cAdvanced)
		s.waitText(cAdvanced, "<<")
		s.requireLayout()
		require.Equal(t, []string{"1004", "1006", "1009", "1011", "1012", "1013", "1014", "1", "2", "1017", "1019", "1021", "1022", "1024"}, strings.Fields(s.command("tabs")))
		require.Equal(t, "1", s.command("default"))
		require.Equal(t, "WARNING: DEBUG VERSION INSTALLED", s.command("text %d", cWarning))
		s.click(cSelect)
		s.waitText(cUsersState, words[4])
		require.Equal(t, words[3], s.command("title"))
		s.requireLayout()
		require.Equal(t, []string{"1101", "1103", "1104", "1105", "1106", "1107", "1109", "1110", "1", "2"}, strings.Fields(s.command("tabs")))
		s.click(cCancel)
		s.waitText(cState, "")
		s.setText(cHost, "other.example.com")
		s.waitText(cNote, words[2])
		s.requireLayout()
		require.Empty(t, s.enabledControls(cSelect), "the list would be of another account")
		s.click(cCancel)
		s.waitEnd(succeeded)
	}
}

// TestDialogCredentials checks what the dialog shows, what a test reports, what is sent and what is never sent.
func TestDialogCredentials(t *testing.T) {
	c := newDialogPrefix(t)
	c.setSettings(up, admin, "domain=branch", "pin=sha256:one", "pin=sha256:two")
	c.startControlServer()
	s := c.openDialog(t, "test", "config", "en")
	s.waitText(cState, "The service is logged in.")
	for id, want := range map[int]string{cUser: "switch@branch", cHost: "pbx.example.com", cPort: "5222", cDomain: "branch", cPin: "sha256:one, sha256:two",
		cPassword: "", cWarning: "", cNote: "Leave it empty to keep the present password."} {
		require.Equal(t, want, s.command("text %d", id), id)
	}
	require.Regexp(t, `^Version \S+$`, s.command("text %d", cVersion))
	require.Equal(t, "1", s.command("masked %d", cPassword))
	require.Equal(t, fmt.Sprint(cUser), s.command("focus"))
	require.Equal(t, []string{"offhook 1 get"}, c.newRequests())
	for result, words := range map[string]string{"ok": "The login works.", "ok\nsupervisor=yes": "is a supervisor", "unknown-host": "Unknown host", "refused": "nothing listens there",
		"timeout": "No answer from the server", "certificate\nfingerprint=sha256:AAA=": "Public key of the server: sha256:AAA=", "password": "user name or password",
		"no-role": "xmpp.supervisor", "not-pbx": "not a PBX"} {
		c.setAnswer("test", "ok", "result="+result, "text=in the daemon's words")
		s.click(cTest)
		s.waitText(cState, words)
		if !strings.HasPrefix(result, "ok") {
			s.waitText(cState, "[in the daemon's words]")
		}
		require.Equal(t, []string{"offhook 1 test"}, c.newRequests(), "as it is stored")
		require.Equal(t, "1", s.command("alive"))
	}
	for code, words := range map[string]string{"busy": "Wait a minute", "denied": "only an administrator", "needs-password": "needs the password", "other": "could not do it"} {
		c.setAnswer("test", "error "+code+" 100%25 no")
		s.click(cTest)
		s.waitText(cState, words)
		s.waitText(cState, "[100% no]")
	}
	c.newRequests()
	for _, id := range []int{cUser, cHost, cPort, cDomain, cCA, cPin} { // the stored password is not sent to another account or server
		was := s.command("text %d", id)
		s.setText(id, was+"1")
		for _, button := range []int{cTest, cOK} {
			s.click(button)
			s.waitText(cState, "never sent to another account or server")
			s.setText(cState, "")
		}
		s.waitText(cNote, "needed again")
		s.setText(id, was)
		s.waitText(cNote, "to keep the present password")
	}
	require.Empty(t, c.newRequests())
	s.setText(cHost, "  new.example.com ")
	s.setText(cPin, "sha256:three;sha256:four, ")
	s.setText(cDomain, "")
	s.setText(cPassword, "100% sécretive")
	require.NotEqual(t, "0", s.command("remains eviterc"), "the search finds nothing")
	c.setAnswer("set", "ok", "changed=host")
	c.setSettings("host=new.example.com", admin, "session=waiting", "reason=stream error", "reason-code=unknown-host")
	s.click(cOK)
	s.waitText(cState, "Saved, but the login does not work yet.")
	s.waitText(cState, "Unknown host")
	require.Equal(t, "offhook 1 set\nhost=new.example.com\ndomain=\npin=sha256:three\npin=sha256:four\npassword=100%25 sécretive", c.newRequests()[0])
	require.Empty(t, s.command("text %d", cPassword))
	require.Equal(t, "0", s.command("remains eviterc"), "the password is still in memory")
	require.Equal(t, "Close", s.command("text %d", cCancel))
	s.setText(cPassword, "again")
	c.setSettings(up, admin)
	s.click(cOK)
	s.waitEnd(succeeded)
	require.Equal(t, "offhook 1 set\npassword=again", c.newRequests()[0])
}

// TestDialogRights checks what users without administrator rights can do, and settings that the settings file cannot change.
func TestDialogRights(t *testing.T) {
	c := newDialogPrefix(t)
	c.setSettings(up, "may=password", supervisor)
	c.setAnswer("users", userList("complete=yes")...)
	c.startControlServer()
	s := c.openDialog(t, "test", "line", "en")
	s.waitText(cState, "You may change the password.")
	for _, id := range []int{cUser, cHost, cPort, cDomain, cCA, cPin} {
		require.Equal(t, "1", s.command("readonly %d", id), id)
	}
	require.Equal(t, []int{cPassword, cTest, cOK}, s.enabledControls(cPassword, cTest, cBrowse, cOK))
	require.Equal(t, fmt.Sprint(cPassword), s.command("focus"))
	s.click(cTest)
	s.waitText(cState, "Type the password first.")
	s.click(cSelect)
	s.waitText(cUsersState, "Only an administrator")
	require.Equal(t, []int{cAvailable}, s.enabledControls(cAll, cAvailable, cAddAll, cAdd, cRemove, cRemoveAll, cOK))
	s.click(cCancel)
	s.waitText(cPassword, "")
	s.setText(cPassword, "mine")
	c.setAnswer("set", "error wrong-password no")
	c.newRequests()
	s.click(cOK)
	s.waitText(cState, "It was not saved.")
	require.Equal(t, []string{"offhook 1 set\npassword=mine"}, c.newRequests())
	c.setAnswer("set", "ok", "changed=password")
	s.click(cOK)
	s.waitEnd(succeeded)

	c.setSettings(up, "may=read")
	s = c.openDialog(t, "test", "config", "de")
	s.waitText(cState, "Sie dürfen die Einstellungen ansehen.")
	require.Empty(t, s.enabledControls(cPassword, cTest, cSelect, cBrowse, cOK))
	s.click(cCancel)
	s.waitEnd(succeeded)

	c.setSettings(up, admin, "source.host=command line", "source.user=file")
	s = c.openDialog(t, "test", "config", "en")
	s.waitText(cState, "cannot be changed here")
	require.Equal(t, []string{"1", "0"}, []string{s.command("readonly %d", cHost), s.command("readonly %d", cUser)})
	s.click(cCancel)
	s.waitEnd(succeeded)
}

// TestDialogTrouble opens the dialogs without a daemon, and with one that answers nonsense, does not answer, is another program, or runs
// on another machine.
func TestDialogTrouble(t *testing.T) {
	c := newDialogPrefix(t)
	s := c.openDialog(t, "test", "install", "en")
	s.waitText(cState, "offhook service start")
	require.Equal(t, "R&etry", s.command("text %d", cTest))
	require.Equal(t, []int{cTest, cCancel}, s.enabledControls(cUser, cPassword, cTest, cSelect, cBrowse, cOK, cCancel))
	require.Equal(t, fmt.Sprint(cTest), s.command("focus"))
	s.requireLayout()
	c.startControlServer()
	for _, answer := range []string{"!close", "rave", "ok\nbad name=1", "ok\nuser=%4", "ok\nuser=%00", "ok\nuser=\xff", "ok\nuser", "ok\nuser=\x01", "error ", "ok\nuser=" + strings.Repeat("x", 256<<10)} {
		c.setAnswer("get", answer)
		s.click(cTest)
		s.waitText(cState, "does not understand")
		s.setText(cState, "")
	}
	c.setAnswer("get", "error failed later")
	s.click(cTest)
	s.waitText(cState, "could not do it. [later]")
	c.setSettings(up, admin, "host="+strings.Repeat("h", 5000), "user="+strings.Repeat("ä%25", 900))
	s.click(cTest)
	s.waitText(cState, "logged in")
	s.click(cCancel)
	s.waitEnd(failed)

	c.setAnswer("get", "!hang")
	s = c.openDialog(t, "test", "config", "en")
	s.waitText(cState, "Asking the offhook service")
	require.Equal(t, "1", s.command("alive"))
	require.Equal(t, []int{cAdvanced, cCancel}, s.enabledControls(cUser, cPassword, cTest, cSelect, cAdvanced, cOK, cCancel))
	begun := time.Now()
	s.click(cCancel)
	s.waitEnd(succeeded)
	require.Less(t, time.Since(begun), 10*time.Second, "it waited for the daemon")

	c.setSettings(up, admin)
	c.newRequests()
	s = c.openDialog(t, "", "config", "de") // Wine does not keep the pipe's owner, so the release build does not trust the pipe
	s.waitText(cState, "Es wurde nichts dorthin gesendet.")
	require.Empty(t, c.newRequests())
	s.click(cCancel)
	s.waitEnd(succeeded)

	const key = `HKLM\SOFTWARE\offhook`
	c.runReg("add", key, "/v", "PipeName", "/d", `\\EXCH-07\pipe\offhook`, "/f")
	s = c.openDialog(t, "test", "install", "en")
	s.waitText(cState, "come from the computer EXCH-07")
	require.Empty(t, s.enabledControls(cUser, cPassword, cTest, cSelect, cOK))
	require.Empty(t, c.newRequests())
	s.click(cCancel)
	s.waitEnd(succeeded)
	c.runReg("add", key, "/v", "PipeName", "/d", `\\.\pipe\offhook`, "/f")
	c.runReg("add", key, "/v", "Flavour", "/d", "debug", "/f")
	s = c.openDialog(t, "test", "config", "de")
	s.waitText(cWarning, "WARNING: DEBUG VERSION INSTALLED")
	s.click(cCancel)
	s.waitEnd(succeeded)
	c.runReg("delete", key, "/f")
	s = c.openDialog(t, "debug", "config", "de")
	s.waitText(cWarning, "WARNING: DEBUG VERSION INSTALLED")
	s.click(cCancel)
	s.waitEnd(succeeded)
}

// TestDialogUsers checks how users are moved between the lists, and what is saved.
func TestDialogUsers(t *testing.T) {
	c := newDialogPrefix(t)
	c.setSettings(up, admin, supervisor)
	c.setAnswer("users", userList("complete=no")...)
	c.setAnswer("set", "ok")
	c.startControlServer()
	s := c.openDialog(t, "test", "config", "en")
	lists := func(available, selected string) {
		t.Helper()
		require.Equal(t, available, s.command("list %d", cAvailable))
		require.Equal(t, selected, s.command("list %d", cSelected))
	}
	begin := func(words string) {
		t.Helper()
		s.waitText(cState, "logged in")
		s.click(cSelect)
		s.waitText(cUsersState, words)
		c.newRequests()
	}
	begin("still being asked")
	lists("Jörg Vogel (45)|Kim Park (44)|Marco Roth|x&y (47)|", "Ida Lund (41)|")
	s.command("pick %d Marco Roth", cAvailable)
	s.command("pick %d Kim Park (44)", cAvailable)
	s.click(cAdd)
	lists("Jörg Vogel (45)|x&y (47)|", "Ida Lund (41)|Kim Park (44)*|Marco Roth*|")
	c.setAnswer("users", append(userList("user=zoe\t48\tZoë Ott\tavailable", "complete=yes")[:4], "user=mroth\t42\tMarco Roth\tavailable", "user=zoe\t48\tZoë Ott\tselected", "next=zoe")...)
	s.waitText(cUsersState, "still")
	s.waitUntil("the list to go on behind zoe", func() bool { return slices.Contains(c.newRequests(), "offhook 1 users\nafter=zoe") })
	c.setAnswer("users", "ok", "complete=yes")
	s.waitText(cUsersState, "A line appears")
	lists("Jörg Vogel (45)|x&y (47)|", "Ida Lund (41)|Kim Park (44)*|Marco Roth (42)*|Zoë Ott (48)|")
	s.click(cRemove)
	lists("Jörg Vogel (45)|Kim Park (44)*|Marco Roth (42)*|x&y (47)|", "Ida Lund (41)|Zoë Ott (48)|")
	s.command("double %d Jörg Vogel (45)", cAvailable)
	s.command("double %d Ida Lund (41)", cSelected)
	s.waitText(cUsersState, "A line appears")
	lists("Ida Lund (41)*|Kim Park (44)|Marco Roth (42)|x&y (47)|", "Jörg Vogel (45)|Zoë Ott (48)|")
	c.setAnswer("set", "error fixed users is given by the command line")
	s.click(cOK)
	s.waitText(cUsersState, "Change it there. [users is given by the command line]")
	c.setAnswer("set", "ok", "changed=users")
	c.newRequests()
	s.click(cOK)
	s.waitText(cState, "logged in")
	require.Equal(t, []string{"offhook 1 set\nusers=jvogel\nusers=zoe", "offhook 1 get"}, c.newRequests())

	for _, step := range []struct {
		buttons []int
		words   string
		sent    []string
	}{
		{nil, "A line appears in Windows for each selected", nil},
		{[]int{cAddAll}, "for each selected", []string{"offhook 1 set\nusers=ilund\nusers=jvogel\nusers=KPark\nusers=mroth\nusers=x&y"}},
		{[]int{cRemoveAll}, "Nobody is selected", []string{"offhook 1 set\nusers="}},
		{[]int{cAll}, "for each user of the PBX", []string{"offhook 1 set\nusers=all"}},
		{[]int{cAddAll, cAll, cAll, cRemoveAll, cAddAll, cAll}, "for each user of the PBX", []string{"offhook 1 set\nusers=all"}},
	} {
		c.setAnswer("users", userList("complete=yes")...)
		begin("A line appears")
		for _, b := range step.buttons {
			s.click(b)
		}
		s.waitText(cUsersState, step.words)
		s.click(cOK)
		s.waitText(cState, "logged in")
		require.Equal(t, fmt.Sprint(step.sent), fmt.Sprint(slices.DeleteFunc(c.newRequests(), func(r string) bool { return r == "offhook 1 get" })))
	}
	for _, users := range []string{"users=all", "users=auto"} { // for a supervisor they mean the same
		c.setSettings(up, admin, supervisor, users)
		s.click(cCancel)
		s.waitEnd(succeeded)
		s = c.openDialog(t, "test", "config", "en")
		begin("for each user of the PBX")
		require.Equal(t, []int{cAll, cOK}, s.enabledControls(cAll, cAvailable, cAdd, cAddAll, cSelected, cOK))
		s.click(cOK)
		s.waitText(cState, "logged in")
		require.Empty(t, c.newRequests(), "nothing changed")
	}
	s.setText(cUser, "boss@branch") // another supervisor: its users are loaded after the login
	s.setText(cPassword, "p")
	s.click(cOK)
	s.waitText(cUsersState, "for each user of the PBX")
	s.click(cCancel)
	s.waitEnd(succeeded)
}

// TestDialogFunctions checks the exported names and what functions return without a window.
func TestDialogFunctions(t *testing.T) {
	c := newDialogPrefix(t)
	want := []string{"TUISPI_lineConfigDialog", "TUISPI_lineConfigDialogEdit", "TUISPI_providerConfig", "TUISPI_providerGenericDialog",
		"TUISPI_providerGenericDialogData", "TUISPI_providerInstall", "TUISPI_providerRemove"}
	for _, dll := range []string{"x64/offhookui.dll", "x86/offhookui.dll"} {
		out, err := exec.Command("x86_64-w64-mingw32-objdump", "-p", filepath.Join("../../bin/windows", dll)).Output()
		require.NoError(t, err)
		_, table, _ := strings.Cut(string(out), "[Ordinal/Name Pointer] Table")
		require.Equal(t, want, regexp.MustCompile(`_?TUISPI_[\w@]+`).FindAllString(table, -1), dll)
		require.NotContains(t, string(out), "libgcc")
	}
	ends := func(function, result string, env ...string) {
		t.Helper()
		for _, e := range env {
			name, value, _ := strings.Cut(e, "=")
			t.Setenv(name, value)
		}
		c.openDialog(t, "", function, "en").waitEnd(result)
	}
	ends("edit", unavailable)
	ends("line-class", deviceClass)
	ends("remove", succeeded)
	ends("install", succeeded, "OFFHOOK_SETUP_QUIET=1")
	const key = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Telephony\Providers`
	c.runReg("add", key, "/v", "NumProviders", "/t", "REG_DWORD", "/d", "1", "/f")
	c.runReg("add", key, "/v", "ProviderFilename0", "/d", `C:\windows\system32\OFFHOOK.TSP`, "/f")
	c.runReg("add", key, "/v", "ProviderID0", "/t", "REG_DWORD", "/d", "7", "/f")
	ends("install", succeeded)
	c.runReg("add", key, "/v", "ProviderID0", "/t", "REG_DWORD", "/d", "8", "/f")
	ends("install", notUnique)

	// Where no window can open, as in a session without a desktop, the functions fail. Setup continues: the account can be
	// entered later.
	c.runReg("delete", key, "/f")
	c.restartWine("x11")
	for function, result := range map[string]string{"config": failed, "line": failed, "install": succeeded} {
		ends(function, result)
	}
}

// TestDialogDaemon runs the dialogs with the Windows build of the daemon and a simulated PBX.
func TestDialogDaemon(t *testing.T) {
	c := newDialogPrefix(t)
	office, err := pbx.Start(pbx.DefaultOffice())
	require.NoError(t, err)
	defer office.Close()
	host, port, err := net.SplitHostPort(office.Addr())
	require.NoError(t, err)
	ca := filepath.Join(c.dir, "ca.pem")
	require.NoError(t, os.WriteFile(ca, office.CertPEM(), 0o600))
	settings := filepath.Join(c.dir, "settings.yaml")
	require.NoError(t, os.WriteFile(settings, []byte("user: nobody\nhost: 127.0.0.1\nport: 9\ndata-dir: 'C:\\offhook'\njournal-kind: files\ntapi-listen: none\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "password.new"), []byte("of nobody\n"), 0o600))
	daemon := c.launch(nil, c.buildGo("offhook.exe", "build", "../../cmd/offhook"), "run", "--config", winePath(settings))
	daemon.waitUntil("a first attempt that failed", func() bool { return strings.Contains(daemon.text(), "code=refused") })
	s := c.openDialog(t, "test", "config", "en")
	for limit := time.Now().Add(waitLimit); !strings.Contains(s.command("text %d", cState), "not logged in"); time.Sleep(50 * time.Millisecond) {
		require.True(t, time.Now().Before(limit), "%s\n%s", s.command("text %d", cState), daemon.text())
		if s.command("text %d", cTest) == "R&etry" {
			s.command("click %d", cTest)
		}
	}
	require.Contains(t, s.command("text %d", cState), "nothing listens there")
	require.Equal(t, "Leave it empty to keep the present password.", s.command("text %d", cNote))
	s.setText(cUser, "")
	s.click(cTest)
	s.waitText(cState, "Type the user name first.")
	s.setText(cUser, "switch@branch")
	s.setText(cPassword, "not it")
	s.setText(cHost, host)
	s.setText(cPort, port)
	s.click(cTest)
	s.waitText(cState, "Public key of the server: sha256:")
	s.setText(cCA, winePath(ca))
	s.click(cTest)
	s.waitText(cState, "refuses user name or password")
	s.setText(cPassword, pbx.DefaultPassword)
	s.click(cTest)
	s.waitText(cState, "is a supervisor")
	s.click(cOK)
	s.waitText(cUsersState, "A line appears in Windows for each selected user.")
	require.Equal(t, "Ida Lund (41)|Jörg Vogel (45)|Kim Park (44)|Marco Roth (42)|Sakura Abe (43)|", s.command("list %d", cAvailable))
	require.Equal(t, "Switchboard (46)|", s.command("list %d", cSelected))
	s.command("pick %d Kim Park (44)", cAvailable)
	s.click(cAdd)
	s.click(cOK)
	s.waitEnd(succeeded)
	written, err := os.ReadFile(settings)
	require.NoError(t, err)
	require.Regexp(t, `(?is)users:.*switch.*kpark|users:.*kpark.*switch`, string(written))
	require.NotContains(t, string(written)+daemon.text(), pbx.DefaultPassword)
}
