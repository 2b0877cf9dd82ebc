package control

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"
)

// TestPipe uses the real listener with many callers at once, and with callers that send nonsense or nothing.
func TestPipe(t *testing.T) {
	address := fmt.Sprintf(`\\.\pipe\offhook-test-%d`, os.Getpid())
	_, err := Call(t.Context(), address, "who", nil)
	require.ErrorIs(t, err, ErrNoDaemon)
	l, err := Listen(address)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, testHandlers(), slog.New(slog.DiscardHandler)) }()

	v, err := Call(ctx, address, "who", Values{{"x", "1\n2"}})
	require.NoError(t, err)
	require.Equal(t, "1\n2", v.Get("x"))
	require.Equal(t, "yes", v.Get("admin"), "Wine's user is an administrator")
	require.NotEmpty(t, v.Get("user"))

	for range 20 { // callers that close at once, send nonsense, or send half a request
		for _, text := range []string{"", "nonsense\n\n", "offhook 1 who\nx="} {
			c, err := dial(ctx, address)
			require.NoError(t, err)
			_, _ = c.Write([]byte(text))
			require.NoError(t, c.Close())
		}
	}
	var wg sync.WaitGroup
	for i := range maxConnections {
		wg.Go(func() {
			x := strings.Repeat(fmt.Sprint(i), 50_000)
			var err error
			for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
				var v Values
				if v, err = Call(ctx, address, "who", Values{{"x", x}}); err == nil {
					if v.Get("x") != x {
						t.Error("another caller's answer")
					}
					return
				}
			}
			t.Error(err)
		})
	}
	wg.Wait()
	cancel()
	require.NoError(t, <-ended)
	_, err = Call(t.Context(), address, "who", nil)
	require.ErrorIs(t, err, ErrNoDaemon)
}

// TestCallerOfToken reads a token at hand.
func TestCallerOfToken(t *testing.T) {
	c, err := callerOf(impersonation(t))
	require.NoError(t, err)
	require.True(t, c.Known())
	require.True(t, strings.HasPrefix(c.SID, "S-1-5-21-"), c.SID)
}

// impersonation is this process's token in the form in which callers come.
func impersonation(t *testing.T) windows.Token {
	var primary, copied windows.Token
	require.NoError(t, windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_DUPLICATE|windows.TOKEN_QUERY, &primary))
	defer primary.Close()
	require.NoError(t, windows.DuplicateTokenEx(primary, windows.TOKEN_QUERY|windows.TOKEN_DUPLICATE, nil, windows.SecurityIdentification, windows.TokenImpersonation, &copied))
	t.Cleanup(func() { copied.Close() })
	return copied
}

// TestDescriptorIsTaken: Windows reads what PipeSecurity writes.
func TestDescriptorIsTaken(t *testing.T) {
	sd, err := windows.SecurityDescriptorFromString(PipeSecurity(ServiceSID(ServiceName)))
	require.NoError(t, err)
	dacl, _, err := sd.DACL()
	require.NoError(t, err)
	require.Equal(t, uint16(5), dacl.AceCount)
}
