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

// These are exit codes of the setup (docs/use/installer.md).
const (
	exitOptions, exitWindows, exitTelephony, exitProvider, exitFiles, exitSettings, exitReboot = 2, 4, 5, 7, 8, 9, 3010
)

const (
	productKey   = `HKLM\Software\offhook`
	providersKey = `HKLM\Software\Microsoft\Windows\CurrentVersion\Telephony\Providers`
	serviceKey   = `HKLM\System\CurrentControlSet\Services\offhook`
	locationsKey = `HKLM\Software\Microsoft\Windows\CurrentVersion\Telephony\Locations`
)

// programFiles are the files of an installation with a daemon.
var programFiles = []string{"licences.txt", "offhook.exe", "offhook.tsp", "offhookreg.exe", "offhookui.dll", "tapiprobe.exe", "uninstall.exe"}

// step is one step of a series; it begins where the previous one ended.
type step struct {
	name string
	run  func(*installation, *testing.T)
}

// TestInstaller installs, upgrades, reinstalls and removes offhook on one machine.
func TestInstaller(t *testing.T) {
	t.Parallel() // the test mostly waits
	s := newInstallation(t)
	s.setWindowsVersion("win10")
	s.clean = s.readState()
	s.runSteps(t,
		step{"silent, as the vendor's", (*installation).silent},
		step{"an authority, and a supervisor's lines", (*installation).certificateAuthority},
		step{"signatures", (*installation).signatures},
		step{"upgrade to debug", (*installation).upgrade},
		step{"an options file", (*installation).optionsFile},
		step{"a file in use", (*installation).inUse},
		step{"uninstall and come back", (*installation).reinstall},
		step{"nothing is left", (*installation).purge})
}

// TestInstallerTrouble installs offhook under bad conditions.
func TestInstallerTrouble(t *testing.T) {
	t.Parallel()
	newInstallation(t).runSteps(t,
		step{"a Windows before 10", (*installation).oldWindows},
		step{"what is refused changes nothing", (*installation).refusals},
		step{"beside a Telephony service and the vendor's provider", (*installation).telephony},
		step{"what fails leaves the rest running", (*installation).failures})
}

func newInstallation(t *testing.T) *installation {
	s := &installation{setupPrefix: newSetupPrefix(t), first: buildSetup(t, "1.2.3"), second: buildSetup(t, "1.3.0"), pbx: newSetupPBX(t), pipe: `\\.\pipe\offhook`}
	ca := filepath.Join(s.dir, "ca.pem")
	require.NoError(t, os.WriteFile(ca, s.pbx.CertPEM(), 0o600))
	s.ca = winePath(ca)
	return s
}

func (s *installation) runSteps(t *testing.T, all ...step) {
	for _, c := range all {
		if !t.Run(c.name, func(t *testing.T) { s.beginStep(t); c.run(s, t) }) {
			return
		}
	}
}

// installation is the state that the steps share.
type installation struct {
	*setupPrefix
	pbx           *setupPBX
	first, second string // setups
	ca            string
	clean         machineState
	lines         map[string]uint32
	logAt         int
	pipe          string // the provider's PipeName
}

func (s *installation) beginStep(t *testing.T) {
	s.t, s.winePrefix.t, s.pbx.t = t, t, t
	s.logAt = len(s.setupLog(0))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the setup's log:\n%s\nthe daemon's:\n%s", s.stepLog(), s.daemonLog())
		}
	})
}

// stepLog gives the log of the setups in this step.
func (s *installation) stepLog() string { return s.setupLog(s.logAt) }

// oldWindows installs on a Windows that cannot run the daemon: only with another machine's daemon. The dialling location is written, and
// the uninstaller removes everything else.
func (s *installation) oldWindows(t *testing.T) {
	s.clean = s.readState()
	require.Equal(t, exitWindows, s.runSetup(s.first, "/S /options=switch:"+plainPassword+":"+s.pbx.host))
	require.Contains(t, s.stepLog(), "/daemonhost=HOST")
	require.Empty(t, s.changesSince(s.clean))
	require.Zero(t, s.runSetup(s.first, "/S /daemonhost=srv-7.example.com /location=DE,711"))
	v := s.registryValues(productKeys...)
	require.Equal(t, `\\srv-7.example.com\pipe\offhook`, v[productKey+" | PipeName"])
	require.NoFileExists(t, s.driveC("Program Files/offhook/offhook.exe"))
	require.NoDirExists(t, s.driveC("ProgramData/offhook"))
	require.FileExists(t, s.driveC("windows/system32/offhook.tsp"))
	require.Equal(t, "offhook.tsp", v[providersKey+" | ProviderFilename0"])
	require.Equal(t, "711", v[locationsKey+`\Location1 | AreaCode`])
	require.Equal(t, "4 31000000", v[locationsKey+`\Location1 | Country`])
	require.Equal(t, "4 01000000", v[locationsKey+" | CurrentID"])
	require.Zero(t, s.runSetup(s.second, "/S"), "an upgrade knows where the daemon is")
	v = s.registryValues(productKeys...)
	require.Equal(t, `\\srv-7.example.com\pipe\offhook`, v[productKey+" | PipeName"])
	require.Equal(t, "1.3.0", v[productKey+" | Version"])
	require.Zero(t, s.uninstall(" /purge"))
	s.requireNothingLeft()
	require.NotContains(t, s.registryValues(providersKey), providersKey+" | ProviderFilename0")
	s.setWindowsVersion("win10")
}

// refusals checks that refused options give their exit code, a reason in the log, and no change in files and registry.
func (s *installation) refusals(t *testing.T) {
	wrong := filepath.Join(s.dir, "wrong.txt")
	require.NoError(t, os.WriteFile(wrong, []byte("user=ilund\npasswort=zwoelf\n"), 0o600))
	before := s.readState()
	for _, c := range []struct{ options, why string }{
		{"/S /options=ilund:zwoelf", "user[@instance]:password:server"},
		{"/S /options=ilund:zwoelf:a:b", "/optionsfile"},
		{"/S /options=ilund:zwoelf:" + s.pbx.host + " /pin=zwoelf", "sha256"},
		{`/S /optionsfile="` + winePath(wrong) + `"`, "no such option"},
		{`/S /optionsfile=C:\none.txt`, "cannot be opened"},
		{"/S /colour=red", "no such option"},
	} {
		at := len(s.setupLog(0))
		require.Equal(t, exitOptions, s.runSetup(s.first, c.options), c.options)
		require.Contains(t, s.setupLog(at), c.why, c.options)
	}
	require.NotContains(t, s.stepLog(), "zwoelf")
	require.Empty(t, s.changesSince(before))
	require.FileExists(t, wrong, "what was not used is not deleted")
	require.NoError(t, os.Remove(wrong))
}

// silent installs with the vendor's form of options: files, registry, settings, service. The PBX's certificate is not trusted yet.
func (s *installation) silent(t *testing.T) {
	require.Zero(t, s.runSetup(s.first, "/S /options=switch@branch:"+plainPassword+":"+s.pbx.host))
	s.requireInstalled("1.2.3", "production")
	require.Equal(t, fmt.Sprintf("user: switch@branch\nhost: %s\nusers:\n  - auto\n", s.pbx.host), string(readFile(t, s.driveC("ProgramData/offhook/settings.yaml"))))
	require.Contains(t, s.mustRun(s.offhook(), "service", "status"), "service: running")
	require.NoError(t, waitUntil(waitLimit, func() bool { return strings.Contains(s.daemonLog(), "certificate") }), s.daemonLog())
	s.requireNoPassword(plainPassword)
	require.Contains(t, s.stepLog(), "lineAddProvider answered 0x80000048")
	require.Contains(t, s.stepLog(), "done, exit code 0")
}

func (s *installation) offhook() string { return s.driveC("Program Files/offhook/offhook.exe") }

// requireInstalled checks files and registry of an installation with a daemon.
func (s *installation) requireInstalled(version, flavour string) {
	t := s.t
	t.Helper()
	var there []string
	entries, err := os.ReadDir(s.driveC("Program Files/offhook"))
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
		require.True(t, string(readFile(t, s.driveC(placed))) == string(readFile(t, filepath.Join(stage, from))), "%s is not %s", placed, from)
	}
	v := s.registryValues(productKeys...)
	for key, want := range map[string]string{
		productKey + " | PipeName": s.pipe, productKey + " | DataDir": `C:\ProgramData\offhook`, productKey + " | InstallDir": `C:\Program Files\offhook`,
		productKey + " | Version": version, productKey + " | Flavour": flavour, uninstallKey + " | DisplayName": "offhook", uninstallKey + " | DisplayVersion": version,
		uninstallKey + " | UninstallString": `"C:\Program Files\offhook\uninstall.exe"`,
		serviceKey + " | ImagePath":         "2 " + `"C:\Program Files\offhook\offhook.exe" service run`,
		serviceKey + " | ObjectName":        `NT SERVICE\offhook`,
	} {
		if raw, expand := strings.CutPrefix(want, "2 "); expand { // Wine stores it as REG_EXPAND_SZ or REG_SZ
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

// certificateAuthority installs again with the CA of the PBX. The account is a supervisor, so all users have lines.
func (s *installation) certificateAuthority(t *testing.T) {
	before := s.pbx.countLogins("switch")
	require.Zero(t, s.runSetup(s.first, fmt.Sprintf("/S /options=switch@branch:%s:%s \"/ca=%s\"", plainPassword, s.pbx.host, s.ca)))
	s.pbx.waitLogin(s.setupPrefix, "switch", before)
	s.lines = s.waitLineTable(6)
	require.Equal(t, s.pbx.CertPEM(), readFile(t, s.driveC("ProgramData/offhook/ca.pem")))
	require.Contains(t, string(readFile(t, s.driveC("ProgramData/offhook/settings.yaml"))), "users:\n  - auto\n")
	before = s.pbx.countLogins("switch")
	require.Zero(t, s.runSetup(s.first, "/S /daemonhost=srv-7"), "another machine's daemon instead")
	require.NoFileExists(t, s.offhook())
	require.NotContains(t, s.registryValues(serviceKey), serviceKey)
	require.Equal(t, `\\srv-7\pipe\offhook`, s.registryValues(productKey)[productKey+" | PipeName"])
	require.Zero(t, s.runSetup(s.first, fmt.Sprintf("/S /options=switch@branch:%s:%s /users=ilund,KPark,sabe", plainPassword, s.pbx.host)))
	s.pbx.waitLogin(s.setupPrefix, "switch", before)
	require.Len(t, s.waitLineTable(3), 3)
	require.Contains(t, string(readFile(t, s.driveC("ProgramData/offhook/settings.yaml"))), "users:\n  - ilund\n  - KPark\n  - sabe\n")
}

// signatures checks the signature of setup, uninstaller and each program; a changed byte makes it invalid.
func (s *installation) signatures(t *testing.T) {
	certificate := filepath.Join(shared.dir, "setup-1.2.3", "setup", "certificate")
	verify := func(file string) error {
		return exec.Command("../../installer/sign.sh", "verify", certificate, file).Run()
	}
	all := []string{s.first, s.driveC("windows/system32/offhook.tsp"), s.driveC("windows/system32/offhookui.dll"), s.driveC("windows/syswow64/offhookui.dll")}
	for _, f := range programFiles {
		if f != "licences.txt" {
			all = append(all, s.driveC("Program Files/offhook/"+f))
		}
	}
	for _, f := range all {
		require.NoError(t, verify(f), f)
	}
	for _, f := range []string{s.first, s.driveC("Program Files/offhook/uninstall.exe"), s.driveC("windows/system32/offhook.tsp")} {
		content := readFile(t, f)
		content[len(content)/3] ^= 1
		tampered := filepath.Join(s.dir, "tampered.exe")
		require.NoError(t, os.WriteFile(tampered, content, 0o600))
		require.Error(t, verify(tampered), f)
		require.NoError(t, os.Remove(tampered))
	}
	require.Error(t, exec.Command("../../installer/sign.sh", "verify", filepath.Join(shared.dir, "setup-1.3.0", "setup", "certificate"), s.first).Run(), "another certificate")
}

// upgrade installs another version in the debug flavour, without options. Settings, password, lines and what an administrator chose
// must stay.
func (s *installation) upgrade(t *testing.T) {
	settings := s.driveC("ProgramData/offhook/settings.yaml")
	chosen := string(readFile(t, settings)) + "# the boss wants it so\ndial-deny: [0900*]\n"
	require.NoError(t, os.WriteFile(settings, []byte(chosen), 0o600))
	s.mustRun("reg", "add", `HKLM\Software\offhook`, "/v", "Note", "/d", "ours", "/f")
	s.pipe = `\\.\pipe\offhook-other`
	s.mustRun("reg", "add", productKey, "/v", "PipeName", "/d", s.pipe, "/f")
	sealed, before := readFile(t, s.driveC("ProgramData/offhook/password.sealed")), s.pbx.countLogins("switch")
	require.Zero(t, s.runSetup(s.second, "/S /debug"))
	s.requireInstalled("1.3.0", "debug")
	s.pbx.waitLogin(s.setupPrefix, "switch", before)
	require.Equal(t, chosen, string(readFile(t, settings)))
	require.Equal(t, sealed, readFile(t, s.driveC("ProgramData/offhook/password.sealed")))
	for name, permanent := range s.waitLineTable(3) {
		require.Equal(t, s.lines[name], permanent, name)
	}
	require.Equal(t, "ours", s.registryValues(productKey)[productKey+" | Note"])
	require.Contains(t, s.mustRun(s.offhook(), "version"), "1.3.0")
	require.NoError(t, waitUntil(waitLimit, func() bool { _, err := os.Stat(s.driveC("ProgramData/offhook/log/debug.log")); return err == nil }), "the debug flavour writes its log")
	s.mustRun("reg", "delete", productKey, "/v", "Note", "/f")
	s.pipe = `\\.\pipe\offhook`
	s.mustRun("reg", "add", productKey, "/v", "PipeName", "/d", s.pipe, "/f")
	require.NoError(t, os.WriteFile(settings, []byte(strings.ReplaceAll(chosen, "  - ilund\n  - KPark\n  - sabe\n", "  - auto\n")), 0o600))
}

// optionsFile installs with an options file. Its password has colons, and no command line and no file may keep it. The account is another
// one, with one line.
func (s *installation) optionsFile(t *testing.T) {
	file := filepath.Join(s.dir, "my options.txt")
	fingerprint := s.pin()
	require.NoError(t, os.WriteFile(file, []byte("# the office\r\nilund@branch:"+colonPassword+":"+s.pbx.host+"\r\npin="+fingerprint+"\r\n"), 0o600))
	before := s.pbx.countLogins("ilund")
	stop := watchCommandLines(colonPassword, "offhookreg.exe")
	require.Zero(t, s.runSetup(s.second, `/S /debug /optionsfile="`+winePath(file)+`"`))
	seen := stop()
	require.Zero(t, seen[colonPassword])
	require.NotZero(t, seen["offhookreg.exe"], "the watcher sees Wine's processes")
	require.NoFileExists(t, file)
	s.pbx.waitLogin(s.setupPrefix, "ilund", before)
	require.Len(t, s.waitLineTable(1), 1)
	require.Contains(t, string(readFile(t, s.driveC("ProgramData/offhook/settings.yaml"))), fingerprint)
	s.requireNoPassword(colonPassword, plainPassword)
}

// pin gives the fingerprint in the message about a refused certificate.
func (s *installation) pin() string {
	s.t.Helper()
	file := filepath.Join(s.dir, "password")
	require.NoError(s.t, os.WriteFile(file, []byte(colonPassword), 0o600))
	defer os.Remove(file)
	_, output := s.run(s.offhook(), "config", "test", "ca=", "--password-file", winePath(file))
	_, pin, found := strings.Cut(output, "the server's key: ")
	require.True(s.t, found, output)
	return strings.TrimSpace(pin)
}

// telephony installs beside a Telephony service: the service is stopped before files are replaced and runs again afterwards (Wine does not
// list dependent services). The log names programs that use telephony and the vendor's provider. A service that does not start has its
// exit code.
func (s *installation) telephony(t *testing.T) {
	require.Zero(t, s.runSetup(s.first, "/S /debug"))
	s.logAt = len(s.setupLog(0))
	log := filepath.Join(s.dir, "services.log")
	s.mustRun(s.tool, "service", "add", "TapiSrv", winePath(log))
	s.addVendorProvider(1)
	release := s.holdFile(winePath(log + ".held"))
	defer release()
	require.NoError(t, waitUntil(waitLimit, func() bool { return strings.Contains(string(readFile(t, log)), "TapiSrv runs") }))
	require.Zero(t, s.runSetup(s.second, "/S"))
	s.requireInstalled("1.3.0", "production")
	require.Equal(t, "TapiSrv runs\nTapiSrv ends\nTapiSrv runs\n", strings.ReplaceAll(string(readFile(t, log)), "\r", ""))
	messages := s.stepLog()
	require.Contains(t, messages, "prefixtool.exe (process ")
	require.Regexp(t, `WARNING: .*mdtapi\.tsp.*each line will be there twice`, messages)
	require.Less(t, strings.Index(messages, "service TapiSrv is stopped"), strings.Index(messages, "placed"))
	require.Less(t, strings.LastIndex(messages, "placed"), strings.Index(messages, "service TapiSrv runs again"))
	require.Contains(t, s.mustRun(s.driveC("Program Files/offhook/offhookreg.exe"), "list"), "mdtapi.tsp")
	require.Contains(t, s.mustRun(s.driveC("Program Files/offhook/offhookreg.exe"), "programs"), "prefixtool.exe")
	s.mustRun(s.driveC("Program Files/offhook/offhookreg.exe"), "vendor")

	require.NoError(t, os.WriteFile(log+".broken", nil, 0o600))
	require.Equal(t, exitTelephony, s.runSetup(s.second, "/S"))
	require.Contains(t, s.stepLog(), "TapiSrv did not start again")
	require.NoError(t, os.Remove(log+".broken"))
	release()
	s.mustRun(s.tool, "service", "remove", "TapiSrv")
	for _, v := range []string{"ProviderFilename1", "ProviderID1"} {
		s.mustRun("reg", "delete", providersKey, "/v", v, "/f")
	}
	s.mustRun("reg", "add", providersKey, "/v", "NumProviders", "/t", "REG_DWORD", "/d", "1", "/f")
}

// addVendorProvider adds the vendor's provider behind a number of others to the Telephony service's list.
func (d *setupPrefix) addVendorProvider(others int) {
	d.t.Helper()
	for _, v := range [][]string{{fmt.Sprint("ProviderFilename", others), "REG_SZ", `C:\windows\system32\mdtapi.tsp`}, {fmt.Sprint("ProviderID", others), "REG_DWORD", "1"},
		{"NumProviders", "REG_DWORD", fmt.Sprint(others + 1)}} {
		d.mustRun("reg", "add", providersKey, "/v", v[0], "/t", v[1], "/d", v[2], "/f")
	}
}

// failures checks a file that cannot be written, and a full list of providers.
func (s *installation) failures(t *testing.T) {
	require.NoError(t, os.WriteFile(s.driveC("blocked"), []byte("no directory"), 0o600))
	require.Equal(t, exitFiles, s.runSetup(s.first, `/S /D=C:\blocked`))
	require.Contains(t, s.mustRun(s.offhook(), "service", "status"), "service: running", "what ran runs again")
	require.NoError(t, os.Remove(s.driveC("blocked")))
	require.Contains(t, s.mustRun(s.driveC("Program Files/offhook/offhookreg.exe"), "remove"), "lineRemoveProvider answered")
	s.mustRun("reg", "add", providersKey, "/v", "NumProviders", "/t", "REG_DWORD", "/d", "1000", "/f")
	require.Equal(t, exitProvider, s.runSetup(s.first, "/S"))
	s.mustRun("reg", "add", providersKey, "/v", "NumProviders", "/t", "REG_DWORD", "/d", "0", "/f")
	s.mustRun(s.driveC("Program Files/offhook/offhookreg.exe"), "add")
}

// holdFile keeps a file in use until release is called.
func (s *installation) holdFile(file string) (release func()) {
	s.t.Helper()
	host := filepath.Join(s.prefix, "drive_c", strings.ReplaceAll(strings.TrimPrefix(file, `C:\`), `\`, "/"))
	if strings.HasPrefix(file, "Z:") {
		host = strings.ReplaceAll(strings.TrimPrefix(file, "Z:"), `\`, "/")
		require.NoError(s.t, os.WriteFile(host, []byte("x"), 0o600))
	}
	require.FileExists(s.t, host)
	r, w, err := os.Pipe()
	require.NoError(s.t, err)
	c := &dialogPrefix{winePrefix: s.winePrefix}
	p := c.launch(r, s.tool, "hold", file)
	r.Close()
	p.waitUntil("it is held", func() bool { return strings.Contains(p.text(), "holding") })
	return func() {
		w.Close()
		<-p.ended
	}
}

// inUse checks that a provider in use is replaced at the next start of Windows, and that setup returns 3010.
func (s *installation) inUse(t *testing.T) {
	tsp := s.driveC("windows/system32/offhook.tsp")
	old := readFile(t, tsp)
	release := s.holdFile(`C:\windows\system32\offhook.tsp`)
	require.Equal(t, exitReboot, s.runSetup(s.first, "/S /debug"))
	require.Contains(t, s.stepLog(), "offhook.tsp is in use; it is replaced at the next start of Windows")
	require.Equal(t, old, readFile(t, tsp))
	release()
	s.mustRun("wineboot", "-r")
	require.NoError(t, waitUntil(waitLimit, func() bool { return string(readFile(t, tsp)) != string(old) }), "not replaced at the next start")
	require.NoFileExists(t, tsp+".new")
	s.requireInstalled("1.2.3", "debug")
}

// reinstall checks that the uninstaller leaves settings, password and journal, and that the next setup uses them.
func (s *installation) reinstall(t *testing.T) {
	data := func() (all map[string]string) {
		all = map[string]string{}
		for name, what := range s.listFiles() {
			if strings.HasPrefix(name, "ProgramData/offhook") && !strings.Contains(name, "/log") && !strings.Contains(name, "/state") {
				all[name] = what
			}
		}
		return all
	}
	before := data()
	require.Zero(t, s.uninstall(""))
	require.Equal(t, before, data())
	for key := range s.registryValues() {
		if strings.Contains(strings.ToLower(key), "offhook") {
			t.Errorf("the registry still has %s", key)
		}
	}
	for _, f := range []string{"Program Files/offhook", "windows/system32/offhook.tsp", "windows/system32/offhookui.dll", "windows/syswow64/offhookui.dll"} {
		require.NoFileExists(t, s.driveC(f))
		require.NoDirExists(t, s.driveC(f))
	}
	logins := s.pbx.countLogins("ilund")
	require.Zero(t, s.runSetup(s.first, "/S"))
	s.requireInstalled("1.2.3", "production")
	s.pbx.waitLogin(s.setupPrefix, "ilund", logins)
	require.Len(t, s.waitLineTable(1), 1)

	require.Equal(t, exitSettings, s.runSetup(s.first, `/S /options=switch:`+plainPassword+`:`+s.pbx.host+` /ca=C:\windows\win.ini`), s.stepLog())
	require.Contains(t, string(readFile(t, s.driveC("ProgramData/offhook/settings.yaml"))), "user: ilund@branch", "refused settings change nothing")
	require.Equal(t, s.pbx.CertPEM(), readFile(t, s.driveC("ProgramData/offhook/ca.pem")), "nor does a refused authority")
	require.NoFileExists(t, s.driveC("ProgramData/offhook/ca.pem.old"))
	s.requireNoPassword(plainPassword, colonPassword)
}

// purge removes everything. The uninstaller's first process ends before the removal is complete.
func (s *installation) purge(t *testing.T) {
	require.Zero(t, s.runCommandLine(`"C:\Program Files\offhook\uninstall.exe" /S /purge`))
	require.NoError(t, waitUntil(waitLimit, func() bool { return strings.Contains(s.stepLog(), "removed, exit code") }))
	require.Contains(t, s.stepLog(), "removed, exit code 0")
	s.requireNothingLeft()
	s.requireNoPassword(plainPassword, colonPassword)
}

// requireNothingLeft compares with the state before the first setup, after the next start of Windows, since the uninstaller cannot delete
// itself before. Windows keeps the dialling location and the number of providers.
func (s *installation) requireNothingLeft() {
	s.t.Helper()
	s.mustRun("wineboot", "-r")
	var left []string
	require.NoError(s.t, waitUntil(waitLimit, func() bool {
		left = nil
		for _, change := range s.changesSince(s.clean) {
			if !strings.HasPrefix(change[1:], locationsKey) && !strings.HasPrefix(change[1:], providersKey) {
				left = append(left, change)
			}
		}
		return len(left) == 0
	}), left)
}

// TestInstallerOptions runs the tests of the option parser as a Windows program.
func TestInstallerOptions(t *testing.T) {
	b := newPrefix(t)
	setups.Lock()
	defer setups.Unlock()
	out, err := exec.Command("make", "-s", "-C", "../../installer", "test").CombinedOutput()
	require.NoError(t, err, "%s", out)
	p := b.start(nil, builtFile(t, "setup/x64/options_test.exe"), winePath(b.dir))
	code := p.wait()
	require.Zero(t, code, p.text())
	require.Contains(t, p.text(), " 0 failures")
}
