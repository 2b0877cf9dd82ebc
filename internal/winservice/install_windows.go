package winservice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"

	"offhook/internal/control"
	"offhook/internal/exitcode"
)

// serviceConfig returns the service's configuration. It depends on no other service: a daemon without network waits by
// itself, and a dependency would delay the lines of users who log on early. It starts with the system, not delayed, since
// TAPI programs do.
func serviceConfig() mgr.Config {
	return mgr.Config{
		ServiceType: windows.SERVICE_WIN32_OWN_PROCESS, StartType: mgr.StartAutomatic, ErrorControl: mgr.ErrorNormal,
		DisplayName: "offhook telephony service", Description: "Connects the telephone system (pascom) to Windows telephony: TAPI programs see and control the calls of their users.",
		ServiceStartName: `NT SERVICE\` + control.ServiceName, SidType: windows.SERVICE_SID_TYPE_UNRESTRICTED,
	}
}

// recoveryActions restart a service that failed, each time later. After a day without failure they begin again.
var recoveryActions = []mgr.RecoveryAction{{Type: mgr.ServiceRestart, Delay: time.Second}, {Type: mgr.ServiceRestart, Delay: 10 * time.Second}, {Type: mgr.ServiceRestart, Delay: time.Minute}}

var errNoService = errors.New("the service is not installed; run as administrator: offhook service install")

const recoveryReset = 24 * 60 * 60 // seconds

// withManager connects to the Service Control Manager for f.
func withManager(f func(m *mgr.Mgr) error) error {
	m, err := mgr.Connect()
	if err != nil {
		return fmt.Errorf("the Service Control Manager cannot be reached; run this as administrator: %w", err)
	}
	defer m.Disconnect()
	return f(m)
}

// withService opens our service for f.
func withService(f func(m *mgr.Mgr, s *mgr.Service) error) error {
	return withManager(func(m *mgr.Mgr) error {
		s, err := m.OpenService(control.ServiceName)
		if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
			return errNoService
		}
		if err != nil {
			return fmt.Errorf("the service cannot be opened; run this as administrator: %w", err)
		}
		defer s.Close()
		return f(m, s)
	})
}

// Install makes the service, its directories and its event source, or brings them up to date.
func Install(out io.Writer, p Product) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	root := p.Root
	if err := p.MakeRoot(root); err != nil {
		return err
	}
	for _, dir := range []string{"state", "log"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			return fmt.Errorf("the directory cannot be made: %w", err)
		}
	}
	if err := p.MakeProviderLog(filepath.Join(root, "log")); err != nil {
		return err
	}
	err = withManager(func(m *mgr.Mgr) error {
		s, err := createOrUpdate(m, exe)
		if err != nil {
			return err
		}
		defer s.Close()
		if err := s.SetRecoveryActions(recoveryActions, recoveryReset); err != nil {
			return fmt.Errorf("the recovery actions cannot be set: %w", err)
		}
		_ = s.SetRecoveryActionsOnNonCrashFailures(true) // before Windows 7 there is no such thing
		return nil
	})
	if err != nil {
		return err
	}
	if err := eventlog.InstallAsEventCreate(control.ServiceName, eventlog.Info|eventlog.Warning|eventlog.Error); err != nil && !sourceExists() {
		return fmt.Errorf("the event log source cannot be made: %w", err)
	}
	if err := grant(p.providerKey()); err != nil {
		return err
	}
	if err := grant(telephonyProviders); err != nil {
		fmt.Fprintf(out, "the service may not repair the provider's registration by itself: %v\n", err)
	}
	fmt.Fprintf(out, "the service %s is installed; settings are in %s\n", control.ServiceName, root)
	return nil
}

const eventSources = `SYSTEM\CurrentControlSet\Services\EventLog\Application`

// sourceExists says whether the event log knows our source.
func sourceExists() bool {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, eventSources+`\`+control.ServiceName, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	k.Close()
	return true
}

// createOrUpdate makes the service, or brings an existing one up to date.
func createOrUpdate(m *mgr.Mgr, exe string) (*mgr.Service, error) {
	c := serviceConfig()
	s, err := m.OpenService(control.ServiceName)
	if err != nil {
		first := c
		first.SidType = windows.SERVICE_SID_TYPE_NONE // set below
		if s, err = m.CreateService(control.ServiceName, exe, first, "service", "run"); err != nil {
			return nil, fmt.Errorf("the service cannot be made: %w", err)
		}
	}
	c.BinaryPathName = windows.ComposeCommandLine([]string{exe, "service", "run"})
	if err := s.UpdateConfig(c); err != nil && !errors.Is(err, windows.ERROR_INVALID_LEVEL) { // Wine knows no type of SID
		s.Close()
		return nil, fmt.Errorf("the service cannot be brought up to date: %w", err)
	}
	return s, nil
}

// Uninstall stops and removes the service and its event source; with all, settings and state too.
func Uninstall(out io.Writer, p Product, all bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := withService(func(_ *mgr.Mgr, s *mgr.Service) error {
		if err := stopAndWait(ctx, s); err != nil {
			return err
		}
		if err := s.Delete(); err != nil && !errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE) {
			return fmt.Errorf("the service cannot be removed: %w", err)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNoService) {
		return err
	}
	if sourceExists() {
		if err := eventlog.Remove(control.ServiceName); err != nil {
			return fmt.Errorf("the event log source cannot be removed: %w", err)
		}
	}
	if err := removeProviderKey(p); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf("the registry's key %s cannot be removed: %w", p.providerKey(), err)
	}
	root := p.Root
	if all {
		if err := removeTree(root); err != nil {
			return fmt.Errorf("settings and state cannot be deleted: %w", err)
		}
		fmt.Fprintln(out, "the service is removed, with settings and state")
		return nil
	}
	fmt.Fprintf(out, "the service is removed; settings and state stay in %s\n", root)
	return nil
}

// removeProviderKey removes the key with the provider DLL's settings, and the product's key if that is empty then.
func removeProviderKey(p Product) error {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, p.Key, registry.QUERY_VALUE|registry.ENUMERATE_SUB_KEYS|registry.WOW64_64KEY)
	if err != nil {
		return err
	}
	defer k.Close()
	if err := registry.DeleteKey(k, filepath.Base(p.providerKey())); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	if info, err := k.Stat(); err != nil || info.SubKeyCount > 0 || info.ValueCount > 0 {
		return err
	}
	above, err := registry.OpenKey(registry.LOCAL_MACHINE, filepath.Dir(p.Key), registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return err
	}
	defer above.Close()
	return registry.DeleteKey(above, filepath.Base(p.Key))
}

// removeTree deletes a directory and its content; links are not followed. (os.RemoveAll deletes in a way that Wine and
// Windows before 10 do not have.)
func removeTree(dir string) error {
	var all []string
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		all = append(all, name)
		return err
	})
	for _, name := range slices.Backward(all) {
		if e := os.Remove(name); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// Start starts the service and waits until it runs.
func Start(ctx context.Context, out io.Writer) error {
	return withService(func(_ *mgr.Mgr, s *mgr.Service) error {
		if err := s.Start(); err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
			return fmt.Errorf("the service does not start; the event log has more: %w", err)
		}
		if err := waitForState(ctx, s, svc.Running); err != nil {
			return err
		}
		fmt.Fprintln(out, "the service runs")
		return nil
	})
}

// Stop stops the service and waits for its end.
func Stop(ctx context.Context, out io.Writer) error {
	return withService(func(_ *mgr.Mgr, s *mgr.Service) error {
		if err := stopAndWait(ctx, s); err != nil {
			return err
		}
		fmt.Fprintln(out, "the service is stopped")
		return nil
	})
}

// stopAndWait stops a service that runs and waits for its end.
func stopAndWait(ctx context.Context, s *mgr.Service) error {
	if _, err := s.Control(svc.Stop); err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return fmt.Errorf("the service cannot be stopped: %w", err)
	}
	return waitForState(ctx, s, svc.Stopped)
}

// stateTimeout bounds how long a service may take to start or stop.
const stateTimeout = 30 * time.Second

// waitForState waits until the service has a state. It fails when the service stopped and should run.
func waitForState(ctx context.Context, s *mgr.Service, want svc.State) error {
	ctx, cancel := context.WithTimeout(ctx, stateTimeout)
	defer cancel()
	for {
		st, err := s.Query()
		switch {
		case err != nil:
			return fmt.Errorf("the service's state cannot be read: %w", err)
		case st.State == want:
			return nil
		case st.State == svc.Stopped:
			return fmt.Errorf("the service stopped at once (exit code %d); the event log and the log file have more", max(st.Win32ExitCode, st.ServiceSpecificExitCode))
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return errors.New("the service did not change its state within half a minute; the event log has more")
		}
	}
}

var stateWords = map[svc.State]string{svc.Stopped: "stopped", svc.StartPending: "starting", svc.StopPending: "stopping", svc.Running: "running",
	svc.ContinuePending: "continuing", svc.PausePending: "pausing", svc.Paused: "paused"}

// Status prints whether the service runs and the provider is registered. It needs no administrator.
func Status(out io.Writer) error {
	word, err := serviceState()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "service: %s\n", word)
	r, err := readRegistration()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "provider: %s\n", r)
	if word != "running" {
		return exitcode.Error{Code: exitcode.Failed}
	}
	return nil
}

// serviceState returns the service's state as a word.
func serviceState() (string, error) {
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return "", fmt.Errorf("the Service Control Manager cannot be reached: %w", err)
	}
	defer windows.CloseServiceHandle(m)
	name, _ := windows.UTF16PtrFromString(control.ServiceName)
	h, err := windows.OpenService(m, name, windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return "not installed", nil
	}
	defer windows.CloseServiceHandle(h)
	var s windows.SERVICE_STATUS
	if err := windows.QueryServiceStatus(h, &s); err != nil {
		return "", fmt.Errorf("the service's state cannot be read: %w", err)
	}
	return stateWords[svc.State(s.CurrentState)], nil
}

// Repair restores the provider's registration.
func Repair(out io.Writer, p Product) error {
	r, err := readRegistration()
	if err != nil {
		return err
	}
	if r.good() {
		fmt.Fprintln(out, "nothing to repair:", r)
		return nil
	}
	if err := r.repair(installDir(p)); err != nil {
		return err
	}
	fmt.Fprintln(out, "repaired:", r)
	if !telephonyStopped() {
		fmt.Fprintln(out, "the Telephony service takes it at its next start: net stop tapisrv, or restart Windows")
	}
	return nil
}

// installDir returns where setup put the files, or else the directory of this program.
func installDir(p Product) string {
	if p.InstallDir != "" {
		return p.InstallDir
	}
	exe, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Dir(exe)
}
