package control

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWireForm(t *testing.T) {
	b, err := request{"set", Values{{"host", "pbx.example.com"}, {"password", "a%b\r\nc=ö\x00"}, {"users", "a\tb"}}}.appendTo(nil)
	require.NoError(t, err)
	require.Equal(t, "offhook 1 set\nhost=pbx.example.com\npassword=a%25b%0D%0Ac=ö%00\nusers=a\tb\n\n", string(b))
	b, err = response{refusal: &Error{CodeDenied, "not\nyou"}, values: Values{{"a", ""}}}.appendTo(nil)
	require.NoError(t, err)
	require.Equal(t, "error denied not%0Ayou\na=\n\n", string(b))
}

func TestMalformedMessages(t *testing.T) {
	for name, text := range map[string]string{
		"empty":              "",
		"no greeting":        "get\n\n",
		"another version":    "offhook 2 get\n\n",
		"no verb":            "offhook 1 \n\n",
		"verb in capitals":   "offhook 1 GET\n\n",
		"verb too long":      "offhook 1 " + strings.Repeat("a", 65) + "\n\n",
		"no empty line":      "offhook 1 get\na=b\n",
		"line without =":     "offhook 1 get\nab\n\n",
		"name with blank":    "offhook 1 get\na b=c\n\n",
		"no name":            "offhook 1 get\n=c\n\n",
		"half an escape":     "offhook 1 get\na=%4\n\n",
		"no hexadecimal":     "offhook 1 get\na=%zz\n\n",
		"escape of not UTF8": "offhook 1 get\na=%ff\n\n",
		"not UTF-8":          "offhook 1 get\na=\xff\n\n",
		"carriage return":    "offhook 1 get\r\n\r\n",
		"zero byte":          "offhook 1 get\na=\x00\n\n",
	} {
		_, err := readRequest(strings.NewReader(text))
		require.Error(t, err, name)
		require.True(t, errors.Is(err, ErrMalformed) || errors.Is(err, io.ErrUnexpectedEOF), "%s: %v", name, err)
	}
	for _, text := range []string{"", "oK\n\n", "error\n\n", "error \n\n", "error A b\n\n", "ok\nx\n\n", "error a %\n\n"} {
		_, err := readResponse(strings.NewReader(text))
		require.Error(t, err, text)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("offhook 1 get\n"), &repeatingReader{"a=b\n"})
	_, err := readRequest(endless)
	require.ErrorIs(t, err, ErrTooLong)
	_, err = readRequest(&repeatingReader{"x"})
	require.ErrorIs(t, err, ErrTooLong)
	_, err = request{"get", Values{{"a", strings.Repeat("x", MaxMessage)}}}.appendTo(nil)
	require.ErrorIs(t, err, ErrTooLong)
	_, err = request{"get", Values{{"A", ""}}}.appendTo(nil)
	require.ErrorIs(t, err, ErrMalformed)
	_, err = request{"get", Values{{"a", "\xff"}}}.appendTo(nil)
	require.ErrorIs(t, err, ErrMalformed)
}

// repeatingReader reads as an endless repetition of a text.
type repeatingReader struct{ text string }

func (r *repeatingReader) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		n += copy(b[n:], r.text)
	}
	return n, nil
}

func TestValues(t *testing.T) {
	var v Values
	v.Add("a", "1")
	v.Add("b", "2")
	v.Add("a", "3")
	require.Equal(t, "1", v.Get("a"))
	require.Equal(t, []string{"1", "3"}, v.All("a"))
	require.True(t, v.Has("b"))
	require.False(t, v.Has("c"))
	require.Empty(t, v.Get("c"))
	require.Equal(t, []string{"a", "b"}, v.Names())
}

// FuzzRequest: a request that can be read is the same after it is written and read again.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{"offhook 1 get\n\n", "offhook 1 set\nhost=a\npassword=%25%0A\n\n", "offhook 1 get\n%=\n", "offhook 1 a\na=%"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := readRequest(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := q.appendTo(nil)
		if errors.Is(err, ErrTooLong) { // the request was read, so its escaped form fits
			t.Fatalf("a request that was read is too long when it is written: %d bytes", len(b))
		}
		require.NoError(t, err)
		q2, err := readRequest(bytes.NewReader(again))
		require.NoError(t, err)
		require.Equal(t, q, q2)
	})
}

// FuzzResponse: the same for responses.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{"ok\n\n", "ok\na=b\na=c\n\n", "error denied not you\nmay=read\n\n", "error x %0A\n\n", "error x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := readResponse(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := a.appendTo(nil)
		if errors.Is(err, ErrTooLong) && len(b) > MaxMessage-2 { // "error a" is written with its blank
			return
		}
		require.NoError(t, err)
		a2, err := readResponse(bytes.NewReader(again))
		require.NoError(t, err)
		require.Equal(t, a, a2)
	})
}

func TestServiceSID(t *testing.T) {
	// The identifier of TrustedInstaller is well known; MS-DTYP 2.4.2.4 describes the scheme.
	require.Equal(t, "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", ServiceSID("TrustedInstaller"))
	require.Equal(t, ServiceSID("offhook"), ServiceSID("OffHook"))
}

// TestPipeSecurity: the descriptor lists who may open the pipe, and no other account.
func TestPipeSecurity(t *testing.T) {
	sid := ServiceSID(ServiceName)
	require.Equal(t, "D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;"+sid+")(A;;0x12019b;;;IU)", PipeSecurity(sid))
	const makeInstance = 0x4 // FILE_CREATE_PIPE_INSTANCE, the same bit as FILE_APPEND_DATA
	require.Zero(t, 0x12019b&makeInstance)
	for _, out := range []string{";;;NS)", ";;;LS)", ";;;WD)", ";;;AU)", ";;;AN)", ";;;BU)"} {
		require.NotContains(t, PipeSecurity(sid), out)
	}
}
