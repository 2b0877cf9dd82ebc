package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/nats"
	"offhook/adapters/xmpp"
	"offhook/adapters/xmpp/pascom"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
	"offhook/internal/daemon"
	"offhook/internal/pbx"
	"offhook/internal/state"
	"offhook/internal/support"
	"offhook/internal/trace"
)

// TestMain lets the test binary be offhook itself, for tests that need a process of their own.
func TestMain(m *testing.M) {
	if os.Getenv(beOffhook) != "" {
		main()
	}
	os.Exit(m.Run())
}

const beOffhook = "TEST_BINARY_IS_OFFHOOK"

// secret is every account's password in these tests. Nothing may repeat it, nor its first half in any escaped form.
const (
	secretHead = "Kennwort-zw"
	secret     = secretHead + "ölf-Affen-7"
)

// patience is how long a test waits for what must come.
const patience = 15 * time.Second

// rig is an office with a simulated PBX and a daemon that can be started again on the same directory.
type rig struct {
	t        *testing.T
	ctx      context.Context
	dir      string
	office   pbx.Config // before the PBX starts
	pbx      *pbx.Server
	settings engine.Settings
	session  xmpp.Config
	captures bool // each run has a trace
	wrap     func(events.Journal) events.Journal

	log     *logBuffer
	notes   *recorder // of the present run
	journal *nats.Journal
	daemon  *daemon.Daemon
	trace   string // file of the present run
	file    *support.TraceFile
	records recordList // of all runs
	cancel  context.CancelFunc
	ended   chan error
	runs    int

	barriers uint32
}

// newRig makes the rig of user ilund (extension 41); change may set fields before anything starts.
func newRig(t *testing.T, change ...func(*rig)) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	t.Cleanup(cancel)
	r := &rig{t: t, ctx: ctx, dir: t.TempDir(), office: secretOffice(), log: &logBuffer{}, captures: true}
	r.settings = engine.Settings{User: "ilund", Handshake: true, Version: "test", Timers: engine.Timers{SessionGrace: 700 * time.Millisecond, StaleFree: 300 * time.Millisecond}}
	r.session = xmpp.Config{User: "ilund", Password: func() (string, error) { return secret, nil }, Resource: "offhook-test",
		Backoff: xmpp.Backoff{Min: 20 * time.Millisecond, Max: 60 * time.Millisecond}}
	for _, f := range change {
		f(r)
	}
	if r.pbx == nil {
		var err error
		r.pbx, err = pbx.Start(r.office)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, r.pbx.Close()) })
		roots := x509.NewCertPool()
		require.True(t, roots.AppendCertsFromPEM(r.pbx.CertPEM()))
		host, port := hostPort(r.pbx.Addr())
		if r.session.TLS.RootCAs == nil && r.session.TLS.PinSHA256 == nil {
			r.session.TLS.RootCAs = roots
		}
		r.session.Domain, r.session.Host, r.session.Port = r.pbx.Domain(), host, port
	}
	t.Cleanup(r.keepsSecret)
	t.Cleanup(func() {
		r.halt()
		if t.Failed() {
			t.Logf("the daemon's log:\n%s", r.log)
		}
	})
	return r
}

func secretOffice() pbx.Config {
	o := pbx.DefaultOffice()
	for i := range o.Users {
		o.Users[i].Password = secret
	}
	return o
}

// supervisor makes the rig's session one of the switchboard with all lines.
func supervisor(r *rig) {
	r.session.User, r.settings.User = "switch", "switch"
	r.settings.Supervisor, r.settings.Users = true, []string{"all"}
}

// start runs a daemon and does not wait for anything.
func (r *rig) start(frontends ...live.Frontend) {
	r.t.Helper()
	log := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.runs++
	var err error
	r.journal, err = nats.Open(r.ctx, nats.Config{Dir: filepath.Join(r.dir, "journal"), Log: log})
	require.NoError(r.t, err)
	r.notes = newRecorder()
	p := daemon.Parts{Dialect: pascom.New(pascom.Options{}), Settings: r.settings, Session: r.session, Journal: r.journal, Log: log, Trace: func(trace.Record) {},
		Frontends: append([]live.Frontend{r.notes}, frontends...), Images: daemon.ReadImages(r.ctx, r.journal, log)}
	if r.captures {
		r.trace = filepath.Join(r.dir, "run-"+string(rune('0'+r.runs))+".ndjson")
		r.file, err = support.NewTraceFile(r.trace, log)
		require.NoError(r.t, err)
		file := r.file
		p.Trace = func(x trace.Record) { r.records.add(x); file.Put(x) }
	}
	p.Session.Logger, p.Session.Version = log, "test"
	if r.wrap != nil {
		p.Journal = r.wrap(r.journal)
	}
	password := p.Session.Password
	notes := r.notes
	p.Session.Password = func() (string, error) { // the record of a run begins before its first input from the PBX
		select {
		case <-notes.ready:
		case <-r.ctx.Done():
		}
		return password()
	}
	if p.Session.AuthFailures == nil {
		p.Session.AuthFailures = state.NewLogins(r.dir)
	}
	ctx, cancel := context.WithCancel(r.ctx)
	r.daemon, err = daemon.New(ctx, p)
	require.NoError(r.t, err)
	r.cancel, r.ended = cancel, make(chan error, 1)
	d, ended := r.daemon, r.ended
	go func() { ended <- d.Run(ctx) }()
}

// up starts a daemon and waits until it has its lines.
func (r *rig) up(frontends ...live.Frontend) {
	r.t.Helper()
	r.start(frontends...)
	_, err := r.pbx.WaitLogin(r.within(), r.settings.User)
	require.NoError(r.t, err)
	want := 1
	if r.settings.Supervisor {
		want = len(r.office.Users)
	}
	r.notes.until(r.t, "all lines in service", func(n *recorder) bool {
		in := 0
		for _, l := range n.lines {
			if l.InService {
				in++
			}
		}
		return in >= want
	})
}

// logins counts the sessions that introduced themselves to the PBX so far.
func (r *rig) logins() int { return r.commands("xmppuser.ClientInfo") }

// relogin waits until one more session than before has introduced itself and was welcomed.
func (r *rig) relogin(before int) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.logins() > before }, patience, 2*time.Millisecond, "no new login")
	_, err := r.pbx.WaitLogin(r.within(), r.settings.User)
	require.NoError(r.t, err)
}

// within is a context for one wait.
func (r *rig) within() context.Context {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	r.t.Cleanup(cancel)
	return ctx
}

// down stops the daemon in order: it must end without an error within a few seconds.
func (r *rig) down() {
	r.t.Helper()
	began := time.Now()
	require.NoError(r.t, r.halt())
	require.Less(r.t, time.Since(began), 5*time.Second, "a stop takes too long")
}

func (r *rig) halt() error {
	if r.cancel == nil {
		return nil
	}
	r.cancel()
	r.cancel = nil
	var err error
	select {
	case err = <-r.ended:
	case <-time.After(patience):
		buf := make([]byte, 1<<20)
		r.t.Fatalf("the daemon does not end:\n%s", buf[:runtime.Stack(buf, true)])
	}
	if r.captures {
		r.file.Close()
	}
	if e := r.journal.Close(); err == nil {
		err = e
	}
	return err
}

// ask puts a request into the timeline, with the test's own number of it.
func (r *rig) ask(id uint32, kind events.RequestKind, line string, call uint32, number string) {
	r.t.Helper()
	_, err := r.daemon.Loop().Asker("test").Ask(r.within(), live.Request{Ref: id, Kind: kind, Line: line, Call: call, Number: number})
	require.NoError(r.t, err)
}

// settle waits until the messages of everything that the PBX did so far are recorded. The results of requests must have
// been waited for before.
func (r *rig) settle() {
	r.t.Helper()
	require.NoError(r.t, r.pbx.Ping(r.within(), r.settings.User)) // answered behind everything the PBX sent before
	r.barriers++
	id := 1_000_000 + r.barriers
	r.ask(id, events.Drop, r.settings.User, id, "") // of no call: it comes to nothing, behind everything taken in before
	require.Equal(r.t, events.ResultInvalidCall, r.notes.outcome(r.t, id).Result)
}

// see waits for message after message.
func (r *rig) see(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		r.notes.see(r.t, text)
	}
}

// logged waits until the log has a line with all the texts, and gives it.
func (r *rig) logged(texts ...string) (line string) {
	r.t.Helper()
	require.Eventually(r.t, func() (found bool) {
		line, found = r.log.find(texts...)
		return found
	}, patience, 5*time.Millisecond, "no line of the log has all of %q", texts)
	return line
}

// keepsSecret looks for the password wherever a run leaves something.
func (r *rig) keepsSecret() {
	requireSecretKept(r.t, "log", r.log.bytes())
	requireSecretKeptIn(r.t, r.dir)
	for _, arg := range os.Args {
		requireSecretKept(r.t, "argument", []byte(arg))
	}
}

func requireSecretKept(t *testing.T, where string, content []byte) {
	t.Helper()
	b64 := base64.StdEncoding.EncodeToString
	forms := []string{secretHead, b64([]byte(secret))}
	for _, user := range []string{"ilund", "switch", "sabe"} {
		forms = append(forms, b64([]byte("\x00"+user+"\x00"+secret)))
	}
	for _, form := range forms {
		if bytes.Contains(content, []byte(form)) {
			t.Errorf("%s repeats the password, as %q", where, form)
		}
	}
}

// requireSecretKeptIn looks through all files below dir but the password files the test itself wrote.
func requireSecretKeptIn(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(path, passwordSuffix) {
			return err
		}
		b, err := os.ReadFile(path)
		requireSecretKept(t, path, b)
		return err
	}))
}

// passwordSuffix ends the names of the files that tests write the password into.
const passwordSuffix = ".password"

// logBuffer keeps a log.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.buf.Bytes())
}

func (l *logBuffer) String() string { return string(l.bytes()) }

func (l *logBuffer) find(texts ...string) (string, bool) {
	for line := range strings.Lines(l.String()) {
		if has(line, texts) {
			return line, true
		}
	}
	return "", false
}

// recordList keeps the records of a trace.
type recordList struct {
	mu  sync.Mutex
	all []trace.Record
}

func (l *recordList) add(r trace.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, r)
}

func (l *recordList) from(n int) []trace.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]trace.Record(nil), l.all[n:]...)
}

// hostPort splits an address.
func hostPort(address string) (string, int) {
	host, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	return host, n
}
