package winetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// These are controls of the setup's windows: those of NSIS, and those of its own pages in the order of their creation.
const (
	sOK, sNext, sCancel = 1, 1, 2
	sYes                = 6
	sDebug              = 1202
	sUsers              = 1201 // the programs that use telephony
	sRun                = 1203 // "Enter user name … now"
	sTitle              = 1037
)

// TestInstallerPages goes through the interactive setup on a screen of its own, in English and German, and takes the pictures of
// docs/use/administrators.md. Without -update-pictures it only checks that each picture can be taken and is not empty.
func TestInstallerPages(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"Xvfb", "import", "identify"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("LEFT OUT: no %s on this machine; run: make wine", tool)
		}
	}
	d := newSetupPrefix(t)
	d.setWindowsVersion("win10")
	english, german := buildSetup(t, "1.2.3"), buildSetup(t, "1.2.3", "LANGUAGE_ID=1031")
	c := &dialogPrefix{winePrefix: d.winePrefix}
	if fonts := os.Getenv("OFFHOOK_WINE_FONTS"); fonts != "" { // for a machine without the package fonts-wine
		require.NoError(t, os.CopyFS(filepath.Join(c.prefix, "drive_c/windows/Fonts"), os.DirFS(fonts)))
	}
	c.addScreen()
	before := d.readState()
	s := c.driveWindows(t, "offhook")
	pages := []installerPages{
		{english, "en", "License Agreement", "Production or debug", "Programs that use telephony", "Installation Complete", "Completing", "Enter user name, password and server now"},
		{german, "de", "Lizenzabkommen", "Produktion oder Debug", "Programme, die Telefonie verwenden", "Die Installation ist vollständig", "wird abgeschlossen", "Benutzername, Passwort und Server jetzt eingeben"},
	}
	refused := c.launch(nil, english) // a cancelled setup changes nothing
	s.waitText(sTitle, pages[0].licence)
	s.click(sCancel)
	s.waitAnyText("Are you sure")
	s.click(sYes)
	require.Equal(t, 1, refused.wait())
	require.Empty(t, d.changesSince(before))

	log := filepath.Join(d.dir, "held")
	release := (&installation{setupPrefix: d}).holdFile(winePath(log))
	defer release()
	d.addVendorProvider(0)
	for i, p := range pages {
		c.runPages(s, p, i == 1)
		require.Equal(t, map[bool]string{true: "debug", false: "production"}[i == 1], d.registryValues(productKey)[productKey+" | Flavour"])
	}
}

// installerPages has the titles and texts of the pages in one language.
type installerPages struct {
	setup, language                                 string
	licence, flavour, programs, done, finish, offer string
}

// runPages goes through one interactive run: production in English, debug in German. At its end the dialog Credentials opens.
func (c *dialogPrefix) runPages(s *dialogDriver, p installerPages, debug bool) {
	t := c.t
	t.Helper()
	run := c.launch(nil, p.setup)
	s.waitAnyText("twice") // in English: the setup sets LANGUAGE_ID after this message
	if !debug {
		c.takePicture(s, "installer-vendor-"+p.language)
	}
	s.click(sOK)
	s.waitText(sTitle, p.licence)
	c.takePicture(s, "installer-licence-"+p.language)
	s.click(sNext)
	s.waitText(sTitle, p.flavour)
	if debug {
		s.click(sDebug)
	}
	s.requirePageLayout()
	c.takePicture(s, "installer-flavour-"+p.language)
	s.click(sNext)
	s.waitText(sTitle, p.programs)
	require.Contains(t, s.command("text %d", sUsers), "prefixtool.exe")
	s.requirePageLayout()
	c.takePicture(s, "installer-programs-"+p.language)
	s.click(sNext)
	s.waitText(sTitle, p.done)
	c.takePicture(s, "installer-done-"+p.language)
	s.click(sNext)
	s.waitText(sUsers, p.finish)
	require.Equal(t, p.offer, s.command("text %d", sRun))
	require.Equal(t, "1", s.command("checked %d", sRun))
	s.requirePageLayout()
	c.takePicture(s, "installer-finish-"+p.language)
	s.click(sNext)
	s.waitText(cState, "offhook")
	require.Contains(t, s.command("title"), "offhook - ")
	s.click(cCancel)
	require.Zero(t, run.wait())
}

// waitAnyText waits until the window in front shows a text anywhere.
func (s *dialogDriver) waitAnyText(words string) {
	s.t.Helper()
	var now string
	require.NoError(s.t, waitUntil(waitLimit, func() bool { now = s.command("dump"); return strings.Contains(now, words) }), "never said %q; now %q", words, now)
}

// requirePageLayout requires that no text or button of a page is cut off.
func (s *dialogDriver) requirePageLayout() {
	s.t.Helper()
	_, _, all := s.readControls()
	for _, c := range all {
		if c.text == "" || c.id == sTitle { // bold
			continue
		}
		switch c.class {
		case "Static":
			require.True(s.t, c.needsWidth <= c.width && c.needsHeight <= c.height, "cut off: %+v", c)
		case "Button":
			require.LessOrEqual(s.t, c.needsWidth, c.right-c.left, "cut off: %+v", c)
		}
	}
}

// driveWindows controls the front window of those that have a text in their title.
func (c *dialogPrefix) driveWindows(t *testing.T, title string) *dialogDriver {
	t.Helper()
	return c.startDriver(t, "--front", title)
}
