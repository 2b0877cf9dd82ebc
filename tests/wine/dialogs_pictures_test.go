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

// TestDialogPictures takes the pictures of docs/use/dialogs.md on a screen of its own. Without -update-pictures it only sees that
// each can be taken and shows something.
func TestDialogPictures(t *testing.T) {
	for _, tool := range []string{"Xvfb", "import", "identify"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("LEFT OUT: no %s on this machine; run: make wine", tool)
		}
	}
	c := newCounter(t)
	c.furnish()
	c.settings("version=dev", up, admin, supervisor)
	c.answer("users", "ok", "user=ilund\t41\tIda Lund\tselected", "user=jvogel\t45\tJörg Vogel\tavailable", "user=KPark\t44\tKim Park\tselected",
		"user=mroth\t42\tMarco Roth\tavailable", "user=sabe\t43\tSakura Abe\tavailable", "user=switch\t46\tSwitchboard\tselected", "complete=yes")
	c.answer("test", "ok", "result=certificate", "fingerprint=sha256:q1uDuT2sY3Xy0c2nXzVwUjT1hL8mB5oPz4eKfG7iRsA=", "text=x509: certificate signed by unknown authority")
	c.stand()
	for _, language := range []string{"en", "de"} {
		s := c.open(t, "test", "config", language)
		s.sees(cState, map[string]string{"en": "logged in", "de": "angemeldet"}[language])
		c.picture(s, "dialog-credentials-"+language)
		s.click(cAdvanced)
		s.sees(cAdvanced, "<<")
		s.click(cTest)
		s.sees(cState, "sha256:")
		c.picture(s, "dialog-test-"+language)
		s.click(cAdvanced)
		s.sees(cAdvanced, ">>")
		s.click(cSelect)
		s.sees(cPeopleState, "Windows")
		c.picture(s, "dialog-users-"+language)
		s.click(cCancel)
		s.sees(cState, "sha256:")
		s.click(cCancel)
		s.ends(succeeded)
	}
	c.settings("version=dev", "flavour=debug", up, admin, supervisor)
	s := c.open(t, "test", "config", "en")
	s.sees(cState, "logged in")
	c.picture(s, "dialog-debug-en")
	s.click(cCancel)
	s.ends(succeeded)
}

// reboot has Wine start over with another driver for what is on the screen.
func (c *counter) reboot(driver string) {
	c.t.Helper()
	c.registry("add", `HKCU\Software\Wine\Drivers`, "/v", "Graphics", "/d", driver, "/f")
	for _, how := range []string{"-k", "-w", "-p"} { // the next server reads the registry anew, when this one has written it
		stop := exec.Command("wineserver", how)
		stop.Env = c.env()
		_ = stop.Run()
	}
}

// furnish gives the bottle a screen on which Wine draws the frames of windows itself.
func (c *counter) furnish() {
	c.t.Helper()
	c.registry("add", `HKCU\Control Panel\Desktop`, "/v", "CursorBlinkRate", "/d", "-1", "/f")
	c.registry("add", `HKCU\Software\Wine\X11 Driver`, "/v", "Managed", "/d", "N", "/f")
	c.reboot("x11")
	r, w, err := os.Pipe()
	require.NoError(c.t, err)
	defer r.Close()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset")
	x.ExtraFiles = []*os.File{w}
	require.NoError(c.t, x.Start())
	w.Close()
	c.t.Cleanup(func() { _ = x.Process.Kill(); _ = x.Wait() })
	require.NoError(c.t, r.SetReadDeadline(time.Now().Add(patience)))
	// To the line's end, which Xvfb writes by itself: it dies of a pipe that was closed before.
	number, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(c.t, err, "Xvfb does not start")
	c.display = ":" + strings.TrimSpace(number)
}

// picture takes one of the dialog in front as soon as it is drawn: two in a row are the same and not of one colour.
func (c *counter) picture(s *show, name string) {
	c.t.Helper()
	file, before, same := filepath.Join(c.dir, name+".png"), "", 0
	s.until("a picture of "+name, func() bool {
		take := exec.Command("import", "-window", "root", "-crop", s.ask("rect"), "+repage", "-strip", file)
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
