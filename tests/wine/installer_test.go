package winetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Exit codes of the setup (docs/use/installer.md).
const (
	exitOptions, exitWindows, exitTelephony, exitProvider, exitFiles, exitSettings, exitReboot = 2, 4, 5, 7, 8, 9, 3010
)

const (
	productKey   = `HKLM\Software\offhook`
	providersKey = `HKLM\Software\Microsoft\Windows\CurrentVersion\Telephony\Providers`
	serviceKey   = `HKLM\System\CurrentControlSet\Services\offhook`
	locationsKey = `HKLM\Software\Microsoft\Windows\CurrentVersion\Telephony\Locations`
)

// programFiles are those of an installation with a daemon.
var programFiles = []string{"licences.txt", "offhook.exe", "offhook.tsp", "offhookreg.exe", "offhookui.dll", "tapiprobe.exe", "uninstall.exe"}

// chapter is a part of a story; each begins where the one before ended.
type chapter struct {
	name string
	tell func(*installation, *testing.T)
}

// TestInstaller is the life of an installation on one machine.
func TestInstaller(t *testing.T) {
	t.Parallel() // most of it is waiting
	s := newInstallation(t)
	s.windowsIs("win10")
	s.clean = s.state()
	s.story(t,
		chapter{"silent, as the vendor's", (*installation).silent},
		chapter{"an authority, and a supervisor's lines", (*installation).authority},
		chapter{"signatures", (*installation).signatures},
		chapter{"upgrade to debug", (*installation).upgrade},
		chapter{"an options file", (*installation).optionsFile},
		chapter{"a file in use", (*installation).inUse},
		chapter{"uninstall and come back", (*installation).comeBack},
		chapter{"nothing is left", (*installation).purge})
}

// TestInstallerTrouble is what may be in its way.
func TestInstallerTrouble(t *testing.T) {
	t.Parallel()
	newInstallation(t).story(t,
		chapter{"a Windows before 10", (*installation).oldWindows},
		chapter{"what is refused changes nothing", (*installation).refusals},
		chapter{"beside a Telephony service and the vendor's provider", (*installation).telephony},
		chapter{"what fails leaves the rest running", (*installation).failures})
}

func newInstallation(t *testing.T) *installation {
	s := &installation{desktop: newDesktop(t), first: setupOf(t, "1.2.3"), second: setupOf(t, "1.3.0"), pbx: newExchange(t), pipe: `\\.\pipe\offhook`}
	ca := filepath.Join(s.dir, "ca.pem")
	require.NoError(t, os.WriteFile(ca, s.pbx.CertPEM(), 0o600))
	s.ca = windows(ca)
	return s
}

func (s *installation) story(t *testing.T, all ...chapter) {
	for _, c := range all {
		if !t.Run(c.name, func(t *testing.T) { s.begin(t); c.tell(s, t) }) {
			return
		}
	}
}

// installation is what the chapters hand on.
type installation struct {
	*desktop
	pbx           *exchange
	first, second string // setups
	ca            string
	clean         state
	lines         map[string]uint32
	logAt         int
	pipe          string // where the provider looks for its daemon
}

func (s *installation) begin(t *testing.T) {
	s.t, s.bottle.t, s.pbx.t = t, t, t
	s.logAt = len(s.setupLog(0))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the setup's log:\n%s\nthe daemon's:\n%s", s.told(), s.daemonLog())
		}
	})
}

// told is what setups wrote in this chapter.
func (s *installation) told() string { return s.setupLog(s.logAt) }

// oldWindows: only with another machine's daemon; the dialling location is written, and everything else goes again.
func (s *installation) oldWindows(t *testing.T) {
	s.clean = s.state()
	require.Equal(t, exitWindows, s.setup(s.first, "/S /options=switch:"+plainPassword+":"+s.pbx.host))
	require.Contains(t, s.told(), "/daemonhost=HOST")
	require.Empty(t, s.since(s.clean))
	require.Zero(t, s.setup(s.first, "/S /daemonhost=srv-7.example.com /location=DE,711"))
	v := s.values(ourKeys...)
	require.Equal(t, `\\srv-7.example.com\pipe\offhook`, v[productKey+" | PipeName"])
	require.NoFileExists(t, s.c("Program Files/offhook/offhook.exe"))
	require.NoDirExists(t, s.c("ProgramData/offhook"))
	require.FileExists(t, s.c("windows/system32/offhook.tsp"))
	require.Equal(t, "offhook.tsp", v[providersKey+" | ProviderFilename0"])
	require.Equal(t, "711", v[locationsKey+`\Location1 | AreaCode`])
	require.Equal(t, "4 31000000", v[locationsKey+`\Location1 | Country`])
	require.Equal(t, "4 01000000", v[locationsKey+" | CurrentID"])
	require.Zero(t, s.setup(s.second, "/S"), "an upgrade knows where the daemon is")
	v = s.values(ourKeys...)
	require.Equal(t, `\\srv-7.example.com\pipe\offhook`, v[productKey+" | PipeName"])
	require.Equal(t, "1.3.0", v[productKey+" | Version"])
	require.Zero(t, s.uninstall(" /purge"))
	s.nothingLeft()
	require.NotContains(t, s.values(providersKey), providersKey+" | ProviderFilename0")
	s.windowsIs("win10")
}

// refusals: each is told by its code, names its reason in the log and leaves files and registry as they were.
func (s *installation) refusals(t *testing.T) {
	wrong := filepath.Join(s.dir, "wrong.txt")
	require.NoError(t, os.WriteFile(wrong, []byte("user=ilund\npasswort=zwoelf\n"), 0o600))
	before := s.state()
	for _, c := range []struct{ options, why string }{
		{"/S /options=ilund:zwoelf", "user[@instance]:password:server"},
		{"/S /options=ilund:zwoelf:a:b", "/optionsfile"},
		{"/S /options=ilund:zwoelf:" + s.pbx.host + " /pin=zwoelf", "sha256"},
		{`/S /optionsfile="` + windows(wrong) + `"`, "no such option"},
		{`/S /optionsfile=C:\none.txt`, "cannot be opened"},
		{"/S /colour=red", "no such option"},
	} {
		at := len(s.setupLog(0))
		require.Equal(t, exitOptions, s.setup(s.first, c.options), c.options)
		require.Contains(t, s.setupLog(at), c.why, c.options)
	}
	require.NotContains(t, s.told(), "zwoelf")
	require.Empty(t, s.since(before))
	require.FileExists(t, wrong, "what was not used is not deleted")
	require.NoError(t, os.Remove(wrong))
}

// silent is the vendor's own form: files, registry, settings, service. The PBX's certificate is not believed yet.
func (s *installation) silent(t *testing.T) {
	require.Zero(t, s.setup(s.first, "/S /options=switch@branch:"+plainPassword+":"+s.pbx.host))
	s.installed("1.2.3", "production")
	require.Equal(t, fmt.Sprintf("user: switch@branch\nhost: %s\nusers:\n  - auto\n", s.pbx.host), string(readFile(t, s.c("ProgramData/offhook/settings.yaml"))))
	require.Contains(t, s.must(s.offhook(), "service", "status"), "service: running")
	require.NoError(t, until(patience, func() bool { return strings.Contains(s.daemonLog(), "certificate") }), s.daemonLog())
	s.keepsSecret(plainPassword)
	require.Contains(t, s.told(), "lineAddProvider answered 0x80000048")
	require.Contains(t, s.told(), "done, exit code 0")
}

func (s *installation) offhook() string { return s.c("Program Files/offhook/offhook.exe") }

// installed looks at files and registry of an installation with a daemon.
func (s *installation) installed(version, flavour string) {
	t := s.t
	t.Helper()
	var there []string
	entries, err := os.ReadDir(s.c("Program Files/offhook"))
	require.NoError(t, err)
	for _, e := range entries {
		there = append(there, e.Name())
	}
	require.Equal(t, programFiles, there)
	stage := filepath.Join(shared.dir, "setup-"+version, "setup", "stage")
	flavoured := map[string]string{"production": "", "debug": "debug"}[flavour]
	for placed, from := range map[string]string{
		"windows/system32/offhook.tsp": filepath.Join("x64", flavoured, "offhook.tsp"), "windows/system32/offhookui.dll": filepath.Join("x64", flavoured, "offhookui.dll"),
		"windows/syswow64/offhookui.dll": filepath.Join("x86", flavoured, "offhookui.dll"), "Program Files/offhook/offhook.tsp": filepath.Join("x64", flavoured, "offhook.tsp"),
		"Program Files/offhook/offhookui.dll": filepath.Join("x64", flavoured, "offhookui.dll"), "Program Files/offhook/offhook.exe": "x64/offhook.exe",
		"Program Files/offhook/licences.txt": "licences.txt",
	} {
		require.True(t, string(readFile(t, s.c(placed))) == string(readFile(t, filepath.Join(stage, from))), "%s is not %s", placed, from)
	}
	v := s.values(ourKeys...)
	for key, want := range map[string]string{
		productKey + " | PipeName": s.pipe, productKey + " | DataDir": `C:\ProgramData\offhook`, productKey + " | InstallDir": `C:\Program Files\offhook`,
		productKey + " | Version": version, productKey + " | Flavour": flavour, uninstallKey + " | DisplayName": "offhook", uninstallKey + " | DisplayVersion": version,
		uninstallKey + " | UninstallString": `"C:\Program Files\offhook\uninstall.exe"`,
		serviceKey + " | ImagePath":         "2 " + `"C:\Program Files\offhook\offhook.exe" service run`,
		serviceKey + " | ObjectName":        `NT SERVICE\offhook`,
	} {
		if raw, expand := strings.CutPrefix(want, "2 "); expand { // Wine keeps it as REG_EXPAND_SZ or REG_SZ
			require.Contains(t, []string{raw, want}, v[key], key)
			continue
		}
		require.Equal(t, want, v[key], key)
	}
	names := 0
	for i := range 8 {
		if v[fmt.Sprintf("%s | ProviderFilename%d", providersKey, i)] == "offhook.tsp" {
			names++
		}
	}
	require.Equal(t, 1, names, "the provider is registered once")
}

// authority: the same again with the PBX's authority. The account is a supervisor, so everybody has a line.
func (s *installation) authority(t *testing.T) {
	before := s.pbx.logins("switch")
	require.Zero(t, s.setup(s.first, fmt.Sprintf("/S /options=switch@branch:%s:%s \"/ca=%s\"", plainPassword, s.pbx.host, s.ca)))
	s.pbx.another(s.desktop, "switch", before)
	s.lines = s.lineTable(6)
	require.Equal(t, s.pbx.CertPEM(), readFile(t, s.c("ProgramData/offhook/ca.pem")))
	require.Contains(t, string(readFile(t, s.c("ProgramData/offhook/settings.yaml"))), "users:\n  - auto\n")
	before = s.pbx.logins("switch")
	require.Zero(t, s.setup(s.first, "/S /daemonhost=srv-7"), "another machine's daemon instead")
	require.NoFileExists(t, s.offhook())
	require.NotContains(t, s.values(serviceKey), serviceKey)
	require.Equal(t, `\\srv-7\pipe\offhook`, s.values(productKey)[productKey+" | PipeName"])
	require.Zero(t, s.setup(s.first, fmt.Sprintf("/S /options=switch@branch:%s:%s /users=ilund,KPark,sabe", plainPassword, s.pbx.host)))
	s.pbx.another(s.desktop, "switch", before)
	require.Len(t, s.lineTable(3), 3)
	require.Contains(t, string(readFile(t, s.c("ProgramData/offhook/settings.yaml"))), "users:\n  - ilund\n  - KPark\n  - sabe\n")
}

// signatures: setup, uninstaller and each program; one byte more or less and it is none.
func (s *installation) signatures(t *testing.T) {
	certificate := filepath.Join(shared.dir, "setup-1.2.3", "setup", "certificate")
	verify := func(file string) error {
		return exec.Command("../../installer/sign.sh", "verify", certificate, file).Run()
	}
	all := []string{s.first, s.c("windows/system32/offhook.tsp"), s.c("windows/system32/offhookui.dll"), s.c("windows/syswow64/offhookui.dll")}
	for _, f := range programFiles {
		if f != "licences.txt" {
			all = append(all, s.c("Program Files/offhook/"+f))
		}
	}
	for _, f := range all {
		require.NoError(t, verify(f), f)
	}
	for _, f := range []string{s.first, s.c("Program Files/offhook/uninstall.exe"), s.c("windows/system32/offhook.tsp")} {
		content := readFile(t, f)
		content[len(content)/3] ^= 1
		tampered := filepath.Join(s.dir, "tampered.exe")
		require.NoError(t, os.WriteFile(tampered, content, 0o600))
		require.Error(t, verify(tampered), f)
		require.NoError(t, os.Remove(tampered))
	}
	require.Error(t, exec.Command("../../installer/sign.sh", "verify", filepath.Join(shared.dir, "setup-1.3.0", "setup", "certificate"), s.first).Run(), "somebody else's certificate")
}

// upgrade: another version, in place, to the debug flavour, with no options. Settings, password, lines and what an
// administrator chose stay.
func (s *installation) upgrade(t *testing.T) {
	settings := s.c("ProgramData/offhook/settings.yaml")
	chosen := string(readFile(t, settings)) + "# the boss wants it so\ndial-deny: [0900*]\n"
	require.NoError(t, os.WriteFile(settings, []byte(chosen), 0o600))
	s.must("reg", "add", `HKLM\Software\offhook`, "/v", "Note", "/d", "ours", "/f")
	s.pipe = `\\.\pipe\offhook-other`
	s.must("reg", "add", productKey, "/v", "PipeName", "/d", s.pipe, "/f")
	sealed, before := readFile(t, s.c("ProgramData/offhook/password.sealed")), s.pbx.logins("switch")
	require.Zero(t, s.setup(s.second, "/S /debug"))
	s.installed("1.3.0", "debug")
	s.pbx.another(s.desktop, "switch", before)
	require.Equal(t, chosen, string(readFile(t, settings)))
	require.Equal(t, sealed, readFile(t, s.c("ProgramData/offhook/password.sealed")))
	for name, permanent := range s.lineTable(3) {
		require.Equal(t, s.lines[name], permanent, name)
	}
	require.Equal(t, "ours", s.values(productKey)[productKey+" | Note"])
	require.Contains(t, s.must(s.offhook(), "version"), "1.3.0")
	require.NoError(t, until(patience, func() bool { _, err := os.Stat(s.c("ProgramData/offhook/log/debug.log")); return err == nil }), "the debug flavour writes its log")
	s.must("reg", "delete", productKey, "/v", "Note", "/f")
	s.pipe = `\\.\pipe\offhook`
	s.must("reg", "add", productKey, "/v", "PipeName", "/d", s.pipe, "/f")
	require.NoError(t, os.WriteFile(settings, []byte(strings.ReplaceAll(chosen, "  - ilund\n  - KPark\n  - sabe\n", "  - auto\n")), 0o600))
}

// optionsFile: a password with colons that no command line and no file keeps; another account, with a line of its own.
func (s *installation) optionsFile(t *testing.T) {
	file := filepath.Join(s.dir, "my options.txt")
	fingerprint := s.pin()
	require.NoError(t, os.WriteFile(file, []byte("# the office\r\nilund@branch:"+colonPassword+":"+s.pbx.host+"\r\npin="+fingerprint+"\r\n"), 0o600))
	before := s.pbx.logins("ilund")
	stop := watchCommandLines(colonPassword, "offhookreg.exe")
	require.Zero(t, s.setup(s.second, `/S /debug /optionsfile="`+windows(file)+`"`))
	seen := stop()
	require.Zero(t, seen[colonPassword])
	require.NotZero(t, seen["offhookreg.exe"], "the watcher sees Wine's processes")
	require.NoFileExists(t, file)
	s.pbx.another(s.desktop, "ilund", before)
	require.Len(t, s.lineTable(1), 1)
	require.Contains(t, string(readFile(t, s.c("ProgramData/offhook/settings.yaml"))), fingerprint)
	s.keepsSecret(colonPassword, plainPassword)
}

// pin is the fingerprint that a refused certificate is told with.
func (s *installation) pin() string {
	s.t.Helper()
	file := filepath.Join(s.dir, "password")
	require.NoError(s.t, os.WriteFile(file, []byte(colonPassword), 0o600))
	defer os.Remove(file)
	_, said := s.do(s.offhook(), "config", "test", "ca=", "--password-file", windows(file))
	_, pin, found := strings.Cut(said, "the server's key: ")
	require.True(s.t, found, said)
	return strings.TrimSpace(pin)
}

// telephony: the Telephony service is stopped before files are replaced and runs again afterwards (Wine does not tell what depends
// on it); programs that use telephony and the vendor's provider are named. One that does not come back has its code.
func (s *installation) telephony(t *testing.T) {
	require.Zero(t, s.setup(s.first, "/S /debug"))
	s.logAt = len(s.setupLog(0))
	log := filepath.Join(s.dir, "services.log")
	s.must(s.tool, "service", "add", "TapiSrv", windows(log))
	s.vendor(1)
	release := s.hold(windows(log + ".held"))
	defer release()
	require.NoError(t, until(patience, func() bool { return strings.Contains(string(readFile(t, log)), "TapiSrv runs") }))
	require.Zero(t, s.setup(s.second, "/S"))
	s.installed("1.3.0", "production")
	require.Equal(t, "TapiSrv runs\nTapiSrv ends\nTapiSrv runs\n", strings.ReplaceAll(string(readFile(t, log)), "\r", ""))
	told := s.told()
	require.Contains(t, told, "prefixtool.exe (process ")
	require.Regexp(t, `WARNING: .*mdtapi\.tsp.*each line will be there twice`, told)
	require.Less(t, strings.Index(told, "service TapiSrv is stopped"), strings.Index(told, "placed"))
	require.Less(t, strings.LastIndex(told, "placed"), strings.Index(told, "service TapiSrv runs again"))
	require.Contains(t, s.must(s.c("Program Files/offhook/offhookreg.exe"), "list"), "mdtapi.tsp")
	require.Contains(t, s.must(s.c("Program Files/offhook/offhookreg.exe"), "programs"), "prefixtool.exe")
	s.must(s.c("Program Files/offhook/offhookreg.exe"), "vendor")

	require.NoError(t, os.WriteFile(log+".broken", nil, 0o600))
	require.Equal(t, exitTelephony, s.setup(s.second, "/S"))
	require.Contains(t, s.told(), "TapiSrv did not start again")
	require.NoError(t, os.Remove(log+".broken"))
	release()
	s.must(s.tool, "service", "remove", "TapiSrv")
	for _, v := range []string{"ProviderFilename1", "ProviderID1"} {
		s.must("reg", "delete", providersKey, "/v", v, "/f")
	}
	s.must("reg", "add", providersKey, "/v", "NumProviders", "/t", "REG_DWORD", "/d", "1", "/f")
}

// vendor puts the vendor's provider behind so many others into the Telephony service's list.
func (d *desktop) vendor(others int) {
	d.t.Helper()
	for _, v := range [][]string{{fmt.Sprint("ProviderFilename", others), "REG_SZ", `C:\windows\system32\mdtapi.tsp`}, {fmt.Sprint("ProviderID", others), "REG_DWORD", "1"},
		{"NumProviders", "REG_DWORD", fmt.Sprint(others + 1)}} {
		d.must("reg", "add", providersKey, "/v", v[0], "/t", v[1], "/d", v[2], "/f")
	}
}

// failures: a file that cannot be written, and a list that takes no more providers.
func (s *installation) failures(t *testing.T) {
	require.NoError(t, os.WriteFile(s.c("blocked"), []byte("no directory"), 0o600))
	require.Equal(t, exitFiles, s.setup(s.first, `/S /D=C:\blocked`))
	require.Contains(t, s.must(s.offhook(), "service", "status"), "service: running", "what ran runs again")
	require.NoError(t, os.Remove(s.c("blocked")))
	require.Contains(t, s.must(s.c("Program Files/offhook/offhookreg.exe"), "remove"), "lineRemoveProvider answered")
	s.must("reg", "add", providersKey, "/v", "NumProviders", "/t", "REG_DWORD", "/d", "1000", "/f")
	require.Equal(t, exitProvider, s.setup(s.first, "/S"))
	s.must("reg", "add", providersKey, "/v", "NumProviders", "/t", "REG_DWORD", "/d", "0", "/f")
	s.must(s.c("Program Files/offhook/offhookreg.exe"), "add")
}

// hold keeps a file in use until it is let go.
func (s *installation) hold(file string) (release func()) {
	s.t.Helper()
	host := filepath.Join(s.prefix, "drive_c", strings.ReplaceAll(strings.TrimPrefix(file, `C:\`), `\`, "/"))
	if strings.HasPrefix(file, "Z:") {
		host = strings.ReplaceAll(strings.TrimPrefix(file, "Z:"), `\`, "/")
		require.NoError(s.t, os.WriteFile(host, []byte("x"), 0o600))
	}
	require.FileExists(s.t, host)
	r, w, err := os.Pipe()
	require.NoError(s.t, err)
	c := &counter{bottle: s.bottle}
	p := c.launch(r, s.tool, "hold", file)
	r.Close()
	p.until("it is held", func() bool { return strings.Contains(p.text(), "holding") })
	return func() {
		w.Close()
		<-p.ended
	}
}

// inUse: a provider that cannot be replaced is at the next start of Windows; setup says so with 3010.
func (s *installation) inUse(t *testing.T) {
	tsp := s.c("windows/system32/offhook.tsp")
	old := readFile(t, tsp)
	release := s.hold(`C:\windows\system32\offhook.tsp`)
	require.Equal(t, exitReboot, s.setup(s.first, "/S /debug"))
	require.Contains(t, s.told(), "offhook.tsp is in use; it is replaced at the next start of Windows")
	require.Equal(t, old, readFile(t, tsp))
	release()
	s.must("wineboot", "-r")
	require.NoError(t, until(patience, func() bool { return string(readFile(t, tsp)) != string(old) }), "not replaced at the next start")
	require.NoFileExists(t, tsp+".new")
	s.installed("1.2.3", "debug")
}

// comeBack: the uninstaller leaves settings, password and journal; the next setup goes on with them.
func (s *installation) comeBack(t *testing.T) {
	data := func() (all map[string]string) {
		all = map[string]string{}
		for name, what := range s.files() {
			if strings.HasPrefix(name, "ProgramData/offhook") && !strings.Contains(name, "/log") && !strings.Contains(name, "/state") {
				all[name] = what
			}
		}
		return all
	}
	before := data()
	require.Zero(t, s.uninstall(""))
	require.Equal(t, before, data())
	for key := range s.values() {
		if strings.Contains(strings.ToLower(key), "offhook") {
			t.Errorf("the registry still has %s", key)
		}
	}
	for _, f := range []string{"Program Files/offhook", "windows/system32/offhook.tsp", "windows/system32/offhookui.dll", "windows/syswow64/offhookui.dll"} {
		require.NoFileExists(t, s.c(f))
		require.NoDirExists(t, s.c(f))
	}
	logins := s.pbx.logins("ilund")
	require.Zero(t, s.setup(s.first, "/S"))
	s.installed("1.2.3", "production")
	s.pbx.another(s.desktop, "ilund", logins)
	require.Len(t, s.lineTable(1), 1)

	require.Equal(t, exitSettings, s.setup(s.first, `/S /options=switch:`+plainPassword+`:`+s.pbx.host+` /ca=C:\windows\win.ini`), s.told())
	require.Contains(t, string(readFile(t, s.c("ProgramData/offhook/settings.yaml"))), "user: ilund@branch", "refused settings change nothing")
	require.Equal(t, s.pbx.CertPEM(), readFile(t, s.c("ProgramData/offhook/ca.pem")), "nor does a refused authority")
	require.NoFileExists(t, s.c("ProgramData/offhook/ca.pem.old"))
	s.keepsSecret(plainPassword, colonPassword)
}

// purge: what there is now and was not before the first setup. The uninstaller's first process ends before it is done.
func (s *installation) purge(t *testing.T) {
	require.Zero(t, s.line(`"C:\Program Files\offhook\uninstall.exe" /S /purge`))
	require.NoError(t, until(patience, func() bool { return strings.Contains(s.told(), "removed, exit code") }))
	require.Contains(t, s.told(), "removed, exit code 0")
	s.nothingLeft()
	s.keepsSecret(plainPassword, colonPassword)
}

// nothingLeft compares with what was before the first setup, after the next start of Windows: the program that removes the others
// cannot remove itself before. Where one is and how many providers there were are Windows' own to keep.
func (s *installation) nothingLeft() {
	s.t.Helper()
	s.must("wineboot", "-r")
	var left []string
	require.NoError(s.t, until(patience, func() bool {
		left = nil
		for _, change := range s.since(s.clean) {
			if !strings.HasPrefix(change[1:], locationsKey) && !strings.HasPrefix(change[1:], providersKey) {
				left = append(left, change)
			}
		}
		return len(left) == 0
	}), left)
}

// TestInstallerOptions runs the tables of the option parser as a Windows program.
func TestInstallerOptions(t *testing.T) {
	b := newBottle(t)
	setups.Lock()
	defer setups.Unlock()
	out, err := exec.Command("make", "-s", "-C", "../../installer", "test").CombinedOutput()
	require.NoError(t, err, "%s", out)
	p := b.start(nil, artefact(t, "setup/x64/options_test.exe"), windows(b.dir))
	code := p.wait()
	require.Zero(t, code, p.text())
	require.Contains(t, p.text(), " 0 failures")
}
