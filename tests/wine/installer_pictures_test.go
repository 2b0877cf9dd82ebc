package winetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Controls of the setup's windows: NSIS' own, and those of our pages in the order they are made.
const (
	sOK, sNext, sCancel = 1, 1, 2
	sYes                = 6
	sDebug              = 1202
	sUsers              = 1201 // the programs that use telephony
	sRun                = 1203 // "Enter user name … now"
	sTitle              = 1037
)

// TestInstallerPages goes through the interactive setup on a screen of its own, in English and German, and takes the pictures of
// docs/use/administrators.md. Without -update-pictures it only sees that each can be taken and shows something.
func TestInstallerPages(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"Xvfb", "import", "identify"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("LEFT OUT: no %s on this machine; run: make wine", tool)
		}
	}
	d := newDesktop(t)
	d.windowsIs("win10")
	english, german := setupOf(t, "1.2.3"), setupOf(t, "1.2.3", "LANGUAGE_ID=1031")
	c := &counter{bottle: d.bottle}
	if fonts := os.Getenv("OFFHOOK_WINE_FONTS"); fonts != "" { // where the package fonts-wine is not installed
		require.NoError(t, os.CopyFS(filepath.Join(c.prefix, "drive_c/windows/Fonts"), os.DirFS(fonts)))
	}
	c.furnish()
	before := d.state()
	s := c.front(t, "offhook")
	pages := []installerPages{
		{english, "en", "License Agreement", "Production or debug", "Programs that use telephony", "Installation Complete", "Completing", "Enter user name, password and server now"},
		{german, "de", "Lizenzabkommen", "Produktion oder Debug", "Programme, die Telefonie verwenden", "Die Installation ist vollständig", "wird abgeschlossen", "Benutzername, Passwort und Server jetzt eingeben"},
	}
	refused := c.launch(nil, english) // who does not agree gets nothing
	s.sees(sTitle, pages[0].licence)
	s.click(sCancel)
	s.seesText("Are you sure")
	s.click(sYes)
	require.Equal(t, 1, refused.wait())
	require.Empty(t, d.since(before))

	log := filepath.Join(d.dir, "held")
	release := (&installation{desktop: d}).hold(windows(log))
	defer release()
	d.vendor(0)
	for i, p := range pages {
		c.pages(s, p, i == 1)
		require.Equal(t, map[bool]string{true: "debug", false: "production"}[i == 1], d.values(productKey)[productKey+" | Flavour"])
	}
}

// installerPages are what the pages of one language say.
type installerPages struct {
	setup, language                                 string
	licence, flavour, programs, done, finish, offer string
}

// pages goes through one interactive run: English takes production, German chooses debug. At its end the dialog Credentials opens.
func (c *counter) pages(s *show, p installerPages, debug bool) {
	t := c.t
	t.Helper()
	run := c.launch(nil, p.setup)
	s.seesText("twice") // in English: LANGUAGE_ID comes too late for it
	if !debug {
		c.picture(s, "installer-vendor-"+p.language)
	}
	s.click(sOK)
	s.sees(sTitle, p.licence)
	c.picture(s, "installer-licence-"+p.language)
	s.click(sNext)
	s.sees(sTitle, p.flavour)
	if debug {
		s.click(sDebug)
	}
	s.laidOutPage()
	c.picture(s, "installer-flavour-"+p.language)
	s.click(sNext)
	s.sees(sTitle, p.programs)
	require.Contains(t, s.ask("text %d", sUsers), "prefixtool.exe")
	s.laidOutPage()
	c.picture(s, "installer-programs-"+p.language)
	s.click(sNext)
	s.sees(sTitle, p.done)
	c.picture(s, "installer-done-"+p.language)
	s.click(sNext)
	s.sees(sUsers, p.finish)
	require.Equal(t, p.offer, s.ask("text %d", sRun))
	require.Equal(t, "1", s.ask("checked %d", sRun))
	s.laidOutPage()
	c.picture(s, "installer-finish-"+p.language)
	s.click(sNext)
	s.sees(cState, "offhook")
	require.Contains(t, s.ask("title"), "offhook - ")
	s.click(cCancel)
	require.Zero(t, run.wait())
}

// seesText waits for words anywhere in the window in front.
func (s *show) seesText(words string) {
	s.t.Helper()
	var now string
	require.NoError(s.t, until(patience, func() bool { now = s.ask("dump"); return strings.Contains(now, words) }), "never said %q; now %q", words, now)
}

// laidOutPage judges texts and buttons of a page: nothing is cut off.
func (s *show) laidOutPage() {
	s.t.Helper()
	_, _, all := s.controls()
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

// front drives the window in front of those that have this in their titles.
func (c *counter) front(t *testing.T, title string) *show {
	t.Helper()
	return c.shows(t, "--front", title)
}
