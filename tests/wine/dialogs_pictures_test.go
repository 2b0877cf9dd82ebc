package winetest

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var updatePictures = flag.Bool("update-pictures", false, "rewrite docs/images/dialog-*.png")

// TestDialogPictures takes the pictures of docs/use/dialogs.md on a screen of its own. Without -update-pictures it only checks that each
// picture can be taken and is not empty.
func TestDialogPictures(t *testing.T) {
	for _, tool := range []string{"Xvfb", "import", "identify"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("LEFT OUT: no %s on this machine; run: make wine", tool)
		}
	}
	c := newDialogPrefix(t)
	c.addScreen()
	c.setSettings("version=dev", up, admin, supervisor)
	c.setAnswer("users", "ok", "user=ilund\t41\tIda Lund\tselected", "user=jvogel\t45\tJörg Vogel\tavailable", "user=KPark\t44\tKim Park\tselected",
		"user=mroth\t42\tMarco Roth\tavailable", "user=sabe\t43\tSakura Abe\tavailable", "user=switch\t46\tSwitchboard\tselected", "complete=yes")
	c.setAnswer("test", "ok", "result=certificate", "fingerprint=sha256:q1uDuT2sY3Xy0c2nXzVwUjT1hL8mB5oPz4eKfG7iRsA=", "text=x509: certificate signed by unknown authority")
	c.startControlServer()
	for _, language := range []string{"en", "de"} {
		s := c.openDialog(t, "test", "config", language)
		s.waitText(cState, map[string]string{"en": "logged in", "de": "angemeldet"}[language])
		c.takePicture(s, "dialog-credentials-"+language)
		s.click(cAdvanced)
		s.waitText(cAdvanced, "<<")
		s.click(cTest)
		s.waitText(cState, "sha256:")
		c.takePicture(s, "dialog-test-"+language)
		s.click(cAdvanced)
		s.waitText(cAdvanced, ">>")
		s.click(cSelect)
		s.waitText(cUsersState, "Windows")
		c.takePicture(s, "dialog-users-"+language)
		s.click(cCancel)
		s.waitText(cState, "sha256:")
		s.click(cCancel)
		s.waitEnd(succeeded)
	}
	c.setSettings("version=dev", "flavour=debug", up, admin, supervisor)
	s := c.openDialog(t, "test", "config", "en")
	s.waitText(cState, "logged in")
	c.takePicture(s, "dialog-debug-en")
	s.click(cCancel)
	s.waitEnd(succeeded)
}

// restartWine restarts Wine with another graphics driver.
func (c *dialogPrefix) restartWine(driver string) {
	c.t.Helper()
	c.runReg("add", `HKCU\Software\Wine\Drivers`, "/v", "Graphics", "/d", driver, "/f")
	for _, how := range []string{"-k", "-w", "-p"} { // the next wineserver reads the registry that this one has written
		stop := exec.Command("wineserver", how)
		stop.Env = c.env()
		_ = stop.Run()
	}
}

// addScreen gives the prefix a screen on which Wine draws the frames of windows itself.
func (c *dialogPrefix) addScreen() {
	c.t.Helper()
	c.runReg("add", `HKCU\Control Panel\Desktop`, "/v", "CursorBlinkRate", "/d", "-1", "/f")
	c.runReg("add", `HKCU\Software\Wine\X11 Driver`, "/v", "Managed", "/d", "N", "/f")
	c.restartWine("x11")
	r, w, err := os.Pipe()
	require.NoError(c.t, err)
	defer r.Close()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset")
	x.ExtraFiles = []*os.File{w}
	require.NoError(c.t, x.Start())
	w.Close()
	c.t.Cleanup(func() { _ = x.Process.Kill(); _ = x.Wait() })
	require.NoError(c.t, r.SetReadDeadline(time.Now().Add(waitLimit)))
	// Read to the end of the line, which Xvfb writes separately: it ends when the pipe is closed before.
	number, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(c.t, err, "Xvfb does not start")
	c.display = ":" + strings.TrimSpace(number)
}

// takePicture takes a picture of the dialog in front when it is drawn: two pictures in a row are the same and have several colours.
func (c *dialogPrefix) takePicture(s *dialogDriver, name string) {
	c.t.Helper()
	file, before, same := filepath.Join(c.dir, name+".png"), "", 0
	s.waitUntil("a picture of "+name, func() bool {
		take := exec.Command("import", "-window", "root", "-crop", s.command("rect"), "+repage", "-strip", file)
		take.Env = append(os.Environ(), "DISPLAY="+c.display)
		out, err := take.CombinedOutput()
		require.NoError(c.t, err, "%s", out)
		now, err := exec.Command("identify", "-format", "%# %k", file).Output()
		require.NoError(c.t, err)
		_, colours, _ := strings.Cut(string(now), " ")
		many, err := strconv.Atoi(colours)
		require.NoError(c.t, err)
		if string(now) != before {
			before, same = string(now), 0
		}
		same++
		return same == 3 && many > 4
	})
	if *updatePictures {
		content, err := os.ReadFile(file)
		require.NoError(c.t, err)
		require.NoError(c.t, os.WriteFile(filepath.Join("../../docs/images", name+".png"), content, 0o644))
	}
}
