package xmpp

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeLink is a session over a pipe for tests with a fake clock; the other end is returned.
func fakeLink() (*negotiatedStream, net.Conn) {
	ours, theirs := net.Pipe()
	var mu sync.Mutex
	var why error
	heard := &arrivalReader{r: ours}
	return &negotiatedStream{
		info: Info{JID: "switch@branch/offhook"}, rw: ours, arrivals: heard, header: []byte(header),
		split: NewSplitter(heard, Limits{}),
		abort: func(err error) {
			mu.Lock()
			if why == nil {
				why = err
			}
			mu.Unlock()
			ours.Close()
		},
		cause:   func() error { mu.Lock(); defer mu.Unlock(); return why },
		release: func() { ours.Close() },
	}, theirs
}

// talk plays a server on the other end of a fakeLink: it answers pings while answer says so.
func talk(conn net.Conn, answer func() bool) {
	s := NewSplitter(conn, Limits{})
	s.stream = []byte("stream:stream")
	for {
		it, err := s.Next()
		if err != nil {
			return
		}
		if it.Kind == StreamClose {
			conn.Close()
			return
		}
		if h := parseHead(it.Raw); h.name == "iq" && answer() {
			go conn.Write([]byte("<iq type='result' id='" + h.id + "'/>")) // a pipe has no buffer
		}
	}
}

// fake makes a session whose attempts are played by dial; the times of the attempts are recorded.
func fake(t *testing.T, cfg Config, sink Sink, dial func(n int) (*negotiatedStream, error)) (*Session, func() []time.Duration) {
	if cfg.Password == nil {
		cfg.Password = func() (string, error) { return "secret", nil }
	}
	cfg.User = "switch@branch"
	s, err := New(cfg, sink)
	require.NoError(t, err)
	var mu sync.Mutex
	var at []time.Duration
	begin := time.Now()
	s.connect = func(context.Context, *Config, string) (*negotiatedStream, error) {
		mu.Lock()
		at = append(at, time.Since(begin))
		n := len(at)
		mu.Unlock()
		return dial(n)
	}
	return s, func() []time.Duration { mu.Lock(); defer mu.Unlock(); return append([]time.Duration(nil), at...) }
}

func run(t *testing.T, s *Session) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

func refusal() error { return newError(CodeAuth, "wrong", ErrAuth) }

// Decision C3: five refused logins at 0, 1, 5, 15, 30 minutes' distance, then none; over restarts.
func TestRefusedLoginsAreSpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryFailures{}
		rec := newRecorder()
		s, at := fake(t, Config{AuthFailures: store}, rec, func(int) (*negotiatedStream, error) { return nil, refusal() })
		stop := run(t, s)
		time.Sleep(7 * time.Minute)
		stop()
		require.Equal(t, []time.Duration{0, time.Minute, 6 * time.Minute}, at())
		require.Equal(t, []string{"auth"}, rec.texts("down"), "repeated failures are told once")

		time.Sleep(3 * time.Minute) // a restart ten minutes after the begin
		s, at = fake(t, Config{AuthFailures: store}, newRecorder(), func(int) (*negotiatedStream, error) { return nil, refusal() })
		stop = run(t, s)
		time.Sleep(24 * time.Hour)
		require.Equal(t, []time.Duration{11 * time.Minute, 41 * time.Minute}, at())
		require.Equal(t, StateStopped, s.Status().State)
		require.Equal(t, 5, s.Status().AuthFailures)
		s.Retry()
		synctest.Wait()
		require.Len(t, at(), 3, "Retry forgets the refused logins")
		stop()
	})
}

func TestChangedPasswordIsTriedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		password := "wrong"
		cfg := Config{Password: func() (string, error) { mu.Lock(); defer mu.Unlock(); return password, nil }}
		s, at := fake(t, cfg, newRecorder(), func(int) (*negotiatedStream, error) { return nil, refusal() })
		stop := run(t, s)
		time.Sleep(2*time.Hour - 30*time.Second)
		require.Len(t, at(), 5)
		mu.Lock()
		password = "right"
		mu.Unlock()
		time.Sleep(59 * time.Second)
		require.Len(t, at(), 6)
		stop()
	})
}

// Failures that say nothing about the password use the ordinary pause and are never counted.
func TestOtherFailuresAreNotCounted(t *testing.T) {
	for _, code := range []Code{CodeRefused, CodeAuthTemporary, CodeCertificate, CodeSilent} {
		synctest.Test(t, func(t *testing.T) {
			s, at := fake(t, Config{}, newRecorder(), func(int) (*negotiatedStream, error) { return nil, newError(code, "x", nil) })
			stop := run(t, s)
			time.Sleep(time.Hour)
			require.Zero(t, s.Status().AuthFailures)
			times := at()
			require.Greater(t, len(times), 60)
			for i := 1; i < len(times); i++ {
				gap := times[i] - times[i-1]
				require.GreaterOrEqual(t, gap, 500*time.Millisecond)
				require.LessOrEqual(t, gap, 60*time.Second)
			}
			require.Less(t, times[1]-times[0], time.Second)
			stop()
		})
	}
}

func TestBrokenStoreStillCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, at := fake(t, Config{AuthFailures: brokenStore{}}, newRecorder(), func(int) (*negotiatedStream, error) { return nil, refusal() })
		stop := run(t, s)
		time.Sleep(24 * time.Hour)
		require.Len(t, at(), 5)
		stop()
	})
}

type brokenStore struct{}

func (brokenStore) Load(string) (AuthCount, error) { return AuthCount{}, errors.New("disk") }
func (brokenStore) Save(string, AuthCount) error   { return errors.New("disk") }

func TestConflictWaitsAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := newRecorder()
		s, at := fake(t, Config{}, rec, func(n int) (*negotiatedStream, error) {
			ln, far := fakeLink()
			go talk(far, func() bool { return true })
			if n == 1 {
				go func() {
					far.Write([]byte("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"))
					far.Close()
				}()
			}
			return ln, nil
		})
		stop := run(t, s)
		time.Sleep(3 * time.Minute)
		require.Len(t, at(), 2)
		require.GreaterOrEqual(t, at()[1], 60*time.Second)
		require.Equal(t, []string{"conflict"}, rec.texts("down"))
		stop()
	})
}

// A session of a stable minute starts the pauses over.
func TestBackoffResets(t *testing.T) {
	r := backoffState{Backoff: Backoff{Min: 500 * time.Millisecond, Max: time.Minute, Stable: time.Minute}}
	longest := time.Duration(0)
	for range 200 {
		longest = max(longest, r.nextDelay(CodeReset, time.Second))
	}
	require.Greater(t, longest, 20*time.Second)
	require.LessOrEqual(t, longest, time.Minute)
	require.Less(t, r.nextDelay(CodeReset, time.Minute), 1001*time.Millisecond)
	require.GreaterOrEqual(t, r.nextDelay(CodeConflict, 0), 60*time.Second)
}

func TestPingKeepsAQuietSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := newRecorder()
		var mu sync.Mutex
		answering := true
		s, _ := fake(t, Config{}, rec, func(int) (*negotiatedStream, error) {
			ln, far := fakeLink()
			go talk(far, func() bool { mu.Lock(); defer mu.Unlock(); return answering })
			return ln, nil
		})
		stop := run(t, s)
		time.Sleep(time.Hour)
		require.Empty(t, rec.texts("down"))
		require.Empty(t, rec.texts("stanza"), "answers to our own pings are not passed on")
		mu.Lock()
		answering = false
		mu.Unlock()
		time.Sleep(38*time.Second + time.Millisecond)
		require.Equal(t, []string{"ping-timeout"}, rec.texts("down"))
		stop()
	})
}

// Decision A9: while the consumer blocks, the ping deadline stands still; Drop ends the session.
func TestBlockedSinkSuspendsThePing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := newRecorder()
		gate := make(chan struct{})
		open := sync.OnceFunc(func() { close(gate) })
		rec.block = func(what, _ string) {
			if what == "stanza" {
				<-gate
			}
		}
		s, _ := fake(t, Config{}, rec, func(int) (*negotiatedStream, error) {
			ln, far := fakeLink()
			go talk(far, func() bool { return true })
			go far.Write([]byte("<message/>"))
			return ln, nil
		})
		stop := run(t, s)
		t.Cleanup(open)
		time.Sleep(10 * time.Minute)
		require.Empty(t, rec.texts("down"))
		require.NoError(t, s.Send([]byte("<iq/>")), "Send does not wait for the sink")
		require.Empty(t, rec.texts("sent"))
		gate <- struct{}{}
		time.Sleep(10 * time.Minute)
		require.Empty(t, rec.texts("down"))
		require.Equal(t, []string{"<iq/>"}, rec.texts("sent"))
		open()
		stop()
	})
}

func TestSendIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := newRecorder()
		s, _ := fake(t, Config{NoPresence: true}, rec, func(int) (*negotiatedStream, error) {
			ln, _ := fakeLink() // no reader
			return ln, nil
		})
		stop := run(t, s)
		synctest.Wait()
		begin := time.Now()
		require.ErrorIs(t, s.Send([]byte("<iq/>")), ErrDown)
		require.Equal(t, 10*time.Second, time.Since(begin))
		synctest.Wait()
		require.Equal(t, []string{"write-stalled"}, rec.texts("down"))
		require.Equal(t, []string{"<iq/>"}, rec.texts("sent"), "it may have reached the server")
		stop()
	})
}

func TestSinkFarBehindRefusesSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := newRecorder()
		gate := make(chan struct{})
		open := sync.OnceFunc(func() { close(gate) })
		rec.block = func(what, _ string) {
			if what == "sent" {
				<-gate
			}
		}
		s, _ := fake(t, Config{}, rec, func(int) (*negotiatedStream, error) {
			ln, far := fakeLink()
			go talk(far, func() bool { return true })
			return ln, nil
		})
		stop := run(t, s)
		t.Cleanup(open)
		synctest.Wait()
		big := []byte("<message>" + strings.Repeat("x", 200<<10) + "</message>")
		var err error
		n := 0
		for ; err == nil && n < 100; n++ {
			err = s.Send(big)
		}
		require.ErrorIs(t, err, ErrBusy)
		require.LessOrEqual(t, n*len(big), 2*maxQueuedSent)
		open()
		synctest.Wait()
		require.NoError(t, s.Send(big))
		stop()
	})
}

func TestGracefulStopIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := newRecorder()
		s, _ := fake(t, Config{}, rec, func(int) (*negotiatedStream, error) {
			ln, far := fakeLink()
			go func() { // reads and says nothing
				buf := make([]byte, 4096)
				for {
					if _, err := far.Read(buf); err != nil {
						return
					}
				}
			}()
			return ln, nil
		})
		stop := run(t, s)
		synctest.Wait()
		begin := time.Now()
		stop()
		require.LessOrEqual(t, time.Since(begin), 4*time.Second)
		require.Equal(t, []string{"stopped"}, rec.texts("down"))
	})
}

func TestBeforeHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ready := make(chan struct{})
		cfg := Config{Before: func(ctx context.Context) error {
			select {
			case <-ready:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		s, at := fake(t, cfg, newRecorder(), func(int) (*negotiatedStream, error) { return nil, newError(CodeRefused, "x", nil) })
		stop := run(t, s)
		time.Sleep(time.Hour)
		require.Empty(t, at())
		close(ready)
		synctest.Wait()
		require.Len(t, at(), 1)
		stop()
	})
}
