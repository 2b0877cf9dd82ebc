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

func people(more ...string) []string {
	return append([]string{"ok", "user=ilund\t41\tIda Lund\tselected", "user=jvogel\t45\tJörg Vogel\tavailable", "user=KPark\t44\tKim Park\tavailable",
		"user=mroth\t\tMarco Roth\tavailable", "user=x&y\t47\t\tavailable"}, more...)
}

const admin, supervisor, up = "may=admin", "supervisor=yes", "session=up"

// TestDialogLayout: both dialogs in both languages, with the longest texts they have.
func TestDialogLayout(t *testing.T) {
	c := newCounter(t)
	c.settings("version=2.10.33-beta", "flavour=debug", up, admin, supervisor)
	c.answer("users", people("complete=yes")...)
	c.stand()
	for language, words := range map[string][]string{
		"en": {"offhook - Credentials", "&User name:", "Another account or server: the password is needed again.", "offhook - Select Users", "A line appears in Windows"},
		"de": {"offhook - Anmeldedaten", "&Benutzername:", "Anderes Konto oder anderer Server: das Kennwort wird neu gebraucht.", "offhook - Benutzer auswählen", "erscheint eine Leitung"},
	} {
		s := c.open(t, "test", "config", language)
		s.sees(cState, map[string]string{"en": "logged in", "de": "angemeldet"}[language])
		require.Equal(t, words[0], s.ask("title"))
		require.Equal(t, words[1], s.ask("text 1003"))
		s.laidOut()
		s.click(cAdvanced)
		s.sees(cAdvanced, "<<")
		s.laidOut()
		require.Equal(t, []string{"1004", "1006", "1009", "1011", "1012", "1013", "1014", "1", "2", "1017", "1019", "1021", "1022", "1024"}, strings.Fields(s.ask("tabs")))
		require.Equal(t, "1", s.ask("default"))
		require.Equal(t, "WARNING: DEBUG VERSION INSTALLED", s.ask("text %d", cWarning))
		s.click(cSelect)
		s.sees(cPeopleState, words[4])
		require.Equal(t, words[3], s.ask("title"))
		s.laidOut()
		require.Equal(t, []string{"1101", "1103", "1104", "1105", "1106", "1107", "1109", "1110", "1", "2"}, strings.Fields(s.ask("tabs")))
		s.click(cCancel)
		s.sees(cState, "")
		s.set(cHost, "other.example.com")
		s.sees(cNote, words[2])
		s.laidOut()
		require.Empty(t, s.on(cSelect), "the list would be of another account")
		s.click(cCancel)
		s.ends(succeeded)
	}
}

// TestDialogCredentials: what is shown, what a test says, what is sent and what never is.
func TestDialogCredentials(t *testing.T) {
	c := newCounter(t)
	c.settings(up, admin, "domain=branch", "pin=sha256:one", "pin=sha256:two")
	c.stand()
	s := c.open(t, "test", "config", "en")
	s.sees(cState, "The service is logged in.")
	for id, want := range map[int]string{cUser: "switch@branch", cHost: "pbx.example.com", cPort: "5222", cDomain: "branch", cPin: "sha256:one, sha256:two",
		cPassword: "", cWarning: "", cNote: "Leave it empty to keep the present password."} {
		require.Equal(t, want, s.ask("text %d", id), id)
	}
	require.Regexp(t, `^Version \S+$`, s.ask("text %d", cVersion))
	require.Equal(t, "1", s.ask("masked %d", cPassword))
	require.Equal(t, fmt.Sprint(cUser), s.ask("focus"))
	require.Equal(t, []string{"offhook 1 get"}, c.requests())
	for result, words := range map[string]string{"ok": "The login works.", "ok\nsupervisor=yes": "is a supervisor", "unknown-host": "Unknown host", "refused": "nothing listens there",
		"timeout": "No answer from the server", "certificate\nfingerprint=sha256:AAA=": "Public key of the server: sha256:AAA=", "password": "user name or password",
		"no-role": "xmpp.supervisor", "not-pbx": "not a PBX"} {
		c.answer("test", "ok", "result="+result, "text=in the daemon's words")
		s.click(cTest)
		s.sees(cState, words)
		if !strings.HasPrefix(result, "ok") {
			s.sees(cState, "[in the daemon's words]")
		}
		require.Equal(t, []string{"offhook 1 test"}, c.requests(), "as it is stored")
		require.Equal(t, "1", s.ask("alive"))
	}
	for code, words := range map[string]string{"busy": "Wait a minute", "denied": "only an administrator", "needs-password": "needs the password", "other": "could not do it"} {
		c.answer("test", "error "+code+" 100%25 no")
		s.click(cTest)
		s.sees(cState, words)
		s.sees(cState, "[100% no]")
	}
	c.requests()
	for _, id := range []int{cUser, cHost, cPort, cDomain, cCA, cPin} { // the stored password never goes elsewhere
		was := s.ask("text %d", id)
		s.set(id, was+"1")
		for _, button := range []int{cTest, cOK} {
			s.click(button)
			s.sees(cState, "never sent to another account or server")
			s.set(cState, "")
		}
		s.sees(cNote, "needed again")
		s.set(id, was)
		s.sees(cNote, "to keep the present password")
	}
	require.Empty(t, c.requests())
	s.set(cHost, "  new.example.com ")
	s.set(cPin, "sha256:three;sha256:four, ")
	s.set(cDomain, "")
	s.set(cPassword, "100% sécretive")
	require.NotEqual(t, "0", s.ask("remains eviterc"), "the search finds nothing")
	c.answer("set", "ok", "changed=host")
	c.settings("host=new.example.com", admin, "session=waiting", "reason=stream error", "reason-code=unknown-host")
	s.click(cOK)
	s.sees(cState, "Saved, but the login does not work yet.")
	s.sees(cState, "Unknown host")
	require.Equal(t, "offhook 1 set\nhost=new.example.com\ndomain=\npin=sha256:three\npin=sha256:four\npassword=100%25 sécretive", c.requests()[0])
	require.Empty(t, s.ask("text %d", cPassword))
	require.Equal(t, "0", s.ask("remains eviterc"), "the password is still in memory")
	require.Equal(t, "Close", s.ask("text %d", cCancel))
	s.set(cPassword, "again")
	c.settings(up, admin)
	s.click(cOK)
	s.ends(succeeded)
	require.Equal(t, "offhook 1 set\npassword=again", c.requests()[0])
}

// TestDialogRights: what others than administrators see, and what stands above the settings file.
func TestDialogRights(t *testing.T) {
	c := newCounter(t)
	c.settings(up, "may=password", supervisor)
	c.answer("users", people("complete=yes")...)
	c.stand()
	s := c.open(t, "test", "line", "en")
	s.sees(cState, "You may change the password.")
	for _, id := range []int{cUser, cHost, cPort, cDomain, cCA, cPin} {
		require.Equal(t, "1", s.ask("readonly %d", id), id)
	}
	require.Equal(t, []int{cPassword, cTest, cOK}, s.on(cPassword, cTest, cBrowse, cOK))
	require.Equal(t, fmt.Sprint(cPassword), s.ask("focus"))
	s.click(cTest)
	s.sees(cState, "Type the password first.")
	s.click(cSelect)
	s.sees(cPeopleState, "Only an administrator")
	require.Equal(t, []int{cAvailable}, s.on(cAll, cAvailable, cAddAll, cAdd, cRemove, cRemoveAll, cOK))
	s.click(cCancel)
	s.sees(cPassword, "")
	s.set(cPassword, "mine")
	c.answer("set", "error wrong-password no")
	c.requests()
	s.click(cOK)
	s.sees(cState, "It was not saved.")
	require.Equal(t, []string{"offhook 1 set\npassword=mine"}, c.requests())
	c.answer("set", "ok", "changed=password")
	s.click(cOK)
	s.ends(succeeded)

	c.settings(up, "may=read")
	s = c.open(t, "test", "config", "de")
	s.sees(cState, "Sie dürfen die Einstellungen ansehen.")
	require.Empty(t, s.on(cPassword, cTest, cSelect, cBrowse, cOK))
	s.click(cCancel)
	s.ends(succeeded)

	c.settings(up, admin, "source.host=command line", "source.user=file")
	s = c.open(t, "test", "config", "en")
	s.sees(cState, "cannot be changed here")
	require.Equal(t, []string{"1", "0"}, []string{s.ask("readonly %d", cHost), s.ask("readonly %d", cUser)})
	s.click(cCancel)
	s.ends(succeeded)
}

// TestDialogTrouble: no daemon, one that raves, one that hangs, one that is not the service, one on another machine.
func TestDialogTrouble(t *testing.T) {
	c := newCounter(t)
	s := c.open(t, "test", "install", "en")
	s.sees(cState, "offhook service start")
	require.Equal(t, "R&etry", s.ask("text %d", cTest))
	require.Equal(t, []int{cTest, cCancel}, s.on(cUser, cPassword, cTest, cSelect, cBrowse, cOK, cCancel))
	require.Equal(t, fmt.Sprint(cTest), s.ask("focus"))
	s.laidOut()
	c.stand()
	for _, answer := range []string{"!close", "rave", "ok\nbad name=1", "ok\nuser=%4", "ok\nuser=%00", "ok\nuser=\xff", "ok\nuser", "ok\nuser=\x01", "error ", "ok\nuser=" + strings.Repeat("x", 256<<10)} {
		c.answer("get", answer)
		s.click(cTest)
		s.sees(cState, "does not understand")
		s.set(cState, "")
	}
	c.answer("get", "error failed later")
	s.click(cTest)
	s.sees(cState, "could not do it. [later]")
	c.settings(up, admin, "host="+strings.Repeat("h", 5000), "user="+strings.Repeat("ä%25", 900))
	s.click(cTest)
	s.sees(cState, "logged in")
	s.click(cCancel)
	s.ends(failed)

	c.answer("get", "!hang")
	s = c.open(t, "test", "config", "en")
	s.sees(cState, "Asking the offhook service")
	require.Equal(t, "1", s.ask("alive"))
	require.Equal(t, []int{cAdvanced, cCancel}, s.on(cUser, cPassword, cTest, cSelect, cAdvanced, cOK, cCancel))
	begun := time.Now()
	s.click(cCancel)
	s.ends(succeeded)
	require.Less(t, time.Since(begun), 10*time.Second, "it waited for the daemon")

	c.settings(up, admin)
	c.requests()
	s = c.open(t, "", "config", "de") // Wine does not keep the pipe's owner: for the release build this is a stranger
	s.sees(cState, "Es wurde nichts dorthin gesendet.")
	require.Empty(t, c.requests())
	s.click(cCancel)
	s.ends(succeeded)

	const key = `HKLM\SOFTWARE\offhook`
	c.registry("add", key, "/v", "PipeName", "/d", `\\EXCH-07\pipe\offhook`, "/f")
	s = c.open(t, "test", "install", "en")
	s.sees(cState, "come from the computer EXCH-07")
	require.Empty(t, s.on(cUser, cPassword, cTest, cSelect, cOK))
	require.Empty(t, c.requests())
	s.click(cCancel)
	s.ends(succeeded)
	c.registry("add", key, "/v", "PipeName", "/d", `\\.\pipe\offhook`, "/f")
	c.registry("add", key, "/v", "Flavour", "/d", "debug", "/f")
	s = c.open(t, "test", "config", "de")
	s.sees(cWarning, "WARNING: DEBUG VERSION INSTALLED")
	s.click(cCancel)
	s.ends(succeeded)
	c.registry("delete", key, "/f")
	s = c.open(t, "debug", "config", "de")
	s.sees(cWarning, "WARNING: DEBUG VERSION INSTALLED")
	s.click(cCancel)
	s.ends(succeeded)
}

// TestDialogPeople: moving users, and what is saved.
func TestDialogPeople(t *testing.T) {
	c := newCounter(t)
	c.settings(up, admin, supervisor)
	c.answer("users", people("complete=no")...)
	c.answer("set", "ok")
	c.stand()
	s := c.open(t, "test", "config", "en")
	lists := func(available, selected string) {
		t.Helper()
		require.Equal(t, available, s.ask("list %d", cAvailable))
		require.Equal(t, selected, s.ask("list %d", cSelected))
	}
	begin := func(words string) {
		t.Helper()
		s.sees(cState, "logged in")
		s.click(cSelect)
		s.sees(cPeopleState, words)
		c.requests()
	}
	begin("still being asked")
	lists("Jörg Vogel (45)|Kim Park (44)|Marco Roth|x&y (47)|", "Ida Lund (41)|")
	s.ask("pick %d Marco Roth", cAvailable)
	s.ask("pick %d Kim Park (44)", cAvailable)
	s.click(cAdd)
	lists("Jörg Vogel (45)|x&y (47)|", "Ida Lund (41)|Kim Park (44)*|Marco Roth*|")
	c.answer("users", append(people("user=zoe\t48\tZoë Ott\tavailable", "complete=yes")[:4], "user=mroth\t42\tMarco Roth\tavailable", "user=zoe\t48\tZoë Ott\tselected", "next=zoe")...)
	s.sees(cPeopleState, "still")
	s.until("the list to go on behind zoe", func() bool { return slices.Contains(c.requests(), "offhook 1 users\nafter=zoe") })
	c.answer("users", "ok", "complete=yes")
	s.sees(cPeopleState, "A line appears")
	lists("Jörg Vogel (45)|x&y (47)|", "Ida Lund (41)|Kim Park (44)*|Marco Roth (42)*|Zoë Ott (48)|")
	s.click(cRemove)
	lists("Jörg Vogel (45)|Kim Park (44)*|Marco Roth (42)*|x&y (47)|", "Ida Lund (41)|Zoë Ott (48)|")
	s.ask("double %d Jörg Vogel (45)", cAvailable)
	s.ask("double %d Ida Lund (41)", cSelected)
	s.sees(cPeopleState, "A line appears")
	lists("Ida Lund (41)*|Kim Park (44)|Marco Roth (42)|x&y (47)|", "Jörg Vogel (45)|Zoë Ott (48)|")
	c.answer("set", "error fixed users is given by the command line")
	s.click(cOK)
	s.sees(cPeopleState, "Change it there. [users is given by the command line]")
	c.answer("set", "ok", "changed=users")
	c.requests()
	s.click(cOK)
	s.sees(cState, "logged in")
	require.Equal(t, []string{"offhook 1 set\nusers=jvogel\nusers=zoe", "offhook 1 get"}, c.requests())

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
		c.answer("users", people("complete=yes")...)
		begin("A line appears")
		for _, b := range step.buttons {
			s.click(b)
		}
		s.sees(cPeopleState, step.words)
		s.click(cOK)
		s.sees(cState, "logged in")
		require.Equal(t, fmt.Sprint(step.sent), fmt.Sprint(slices.DeleteFunc(c.requests(), func(r string) bool { return r == "offhook 1 get" })))
	}
	for _, users := range []string{"users=all", "users=auto"} { // to a supervisor they are the same
		c.settings(up, admin, supervisor, users)
		s.click(cCancel)
		s.ends(succeeded)
		s = c.open(t, "test", "config", "en")
		begin("for each user of the PBX")
		require.Equal(t, []int{cAll, cOK}, s.on(cAll, cAvailable, cAdd, cAddAll, cSelected, cOK))
		s.click(cOK)
		s.sees(cState, "logged in")
		require.Empty(t, c.requests(), "nothing changed")
	}
	s.set(cUser, "boss@branch") // another supervisor: its users are asked for once it is logged in
	s.set(cPassword, "p")
	s.click(cOK)
	s.sees(cPeopleState, "for each user of the PBX")
	s.click(cCancel)
	s.ends(succeeded)
}

// TestDialogFunctions: what TAPI calls and gets back without a window, and the names it looks for.
func TestDialogFunctions(t *testing.T) {
	c := newCounter(t)
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
		c.open(t, "", function, "en").ends(result)
	}
	ends("edit", unavailable)
	ends("line-class", deviceClass)
	ends("remove", succeeded)
	ends("install", succeeded, "OFFHOOK_SETUP_QUIET=1")
	const key = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Telephony\Providers`
	c.registry("add", key, "/v", "NumProviders", "/t", "REG_DWORD", "/d", "1", "/f")
	c.registry("add", key, "/v", "ProviderFilename0", "/d", `C:\windows\system32\OFFHOOK.TSP`, "/f")
	c.registry("add", key, "/v", "ProviderID0", "/t", "REG_DWORD", "/d", "7", "/f")
	ends("install", succeeded)
	c.registry("add", key, "/v", "ProviderID0", "/t", "REG_DWORD", "/d", "8", "/f")
	ends("install", notUnique)

	// Where no window can open, as in a session without a desktop, nothing pretends that one did. Setup goes on: the account
	// can be given later.
	c.registry("delete", key, "/f")
	c.reboot("x11")
	for function, result := range map[string]string{"config": failed, "line": failed, "install": succeeded} {
		ends(function, result)
	}
}

// TestDialogDaemon has the dialogs speak with the daemon's Windows build, which speaks with a simulated PBX.
func TestDialogDaemon(t *testing.T) {
	c := newCounter(t)
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
	daemon := c.launch(nil, c.build("offhook.exe", "build", "../../cmd/offhook"), "run", "--config", windows(settings))
	daemon.until("a first attempt that failed", func() bool { return strings.Contains(daemon.text(), "code=refused") })
	s := c.open(t, "test", "config", "en")
	for limit := time.Now().Add(patience); !strings.Contains(s.ask("text %d", cState), "not logged in"); time.Sleep(50 * time.Millisecond) {
		require.True(t, time.Now().Before(limit), "%s\n%s", s.ask("text %d", cState), daemon.text())
		if s.ask("text %d", cTest) == "R&etry" {
			s.ask("click %d", cTest)
		}
	}
	require.Contains(t, s.ask("text %d", cState), "nothing listens there")
	require.Equal(t, "Leave it empty to keep the present password.", s.ask("text %d", cNote))
	s.set(cUser, "")
	s.click(cTest)
	s.sees(cState, "Type the user name first.")
	s.set(cUser, "switch@branch")
	s.set(cPassword, "not it")
	s.set(cHost, host)
	s.set(cPort, port)
	s.click(cTest)
	s.sees(cState, "Public key of the server: sha256:")
	s.set(cCA, windows(ca))
	s.click(cTest)
	s.sees(cState, "refuses user name or password")
	s.set(cPassword, pbx.DefaultPassword)
	s.click(cTest)
	s.sees(cState, "is a supervisor")
	s.click(cOK)
	s.sees(cPeopleState, "A line appears in Windows for each selected user.")
	require.Equal(t, "Ida Lund (41)|Jörg Vogel (45)|Kim Park (44)|Marco Roth (42)|Sakura Abe (43)|", s.ask("list %d", cAvailable))
	require.Equal(t, "Switchboard (46)|", s.ask("list %d", cSelected))
	s.ask("pick %d Kim Park (44)", cAvailable)
	s.click(cAdd)
	s.click(cOK)
	s.ends(succeeded)
	written, err := os.ReadFile(settings)
	require.NoError(t, err)
	require.Regexp(t, `(?is)users:.*switch.*kpark|users:.*kpark.*switch`, string(written))
	require.NotContains(t, string(written)+daemon.text(), pbx.DefaultPassword)
}
