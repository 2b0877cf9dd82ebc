package support

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"

	"offhook/internal/trace"
)

// debugView receives what programs pass to OutputDebugString, as DebugView does: a shared page with the id of the
// process before the text, and two events.
type debugView struct {
	t           *testing.T
	page        uintptr
	ready, data windows.Handle
}

func openDebugView(t *testing.T) *debugView {
	v := &debugView{t: t}
	name := func(s string) *uint16 { p, err := windows.UTF16PtrFromString(s); require.NoError(t, err); return p }
	mapping, err := windows.CreateFileMapping(windows.InvalidHandle, nil, windows.PAGE_READWRITE, 0, 4096, name("DBWIN_BUFFER"))
	require.NoError(t, err)
	v.page, err = windows.MapViewOfFile(mapping, windows.FILE_MAP_READ, 0, 0, 4096)
	require.NoError(t, err)
	v.ready, err = windows.CreateEvent(nil, 0, 0, name("DBWIN_BUFFER_READY"))
	require.NoError(t, err)
	v.data, err = windows.CreateEvent(nil, 0, 0, name("DBWIN_DATA_READY"))
	require.NoError(t, err)
	t.Cleanup(func() {
		windows.UnmapViewOfFile(v.page)
		windows.CloseHandle(mapping)
		windows.CloseHandle(v.ready)
		windows.CloseHandle(v.data)
	})
	return v
}

// next returns the next text of this process.
func (v *debugView) next() string {
	for {
		require.NoError(v.t, windows.SetEvent(v.ready))
		e, err := windows.WaitForSingleObject(v.data, uint32((15 * time.Second).Milliseconds()))
		require.NoError(v.t, err)
		require.EqualValues(v.t, windows.WAIT_OBJECT_0, e, "nothing is said")
		page := *(*[4096]byte)(*(*unsafe.Pointer)(unsafe.Pointer(&v.page)))
		if *(*uint32)(unsafe.Pointer(&page[0])) == windows.GetCurrentProcessId() {
			return windows.ByteSliceToString(page[4:])
		}
	}
}

// TestOnWindowsDebugView: DebugView shows the lines of the debug log, and what it saves of them replays.
func TestOnWindowsDebugView(t *testing.T) {
	dir := tempDir(t)
	view := openDebugView(t)
	l := newDebugLog(func() {})
	require.NoError(t, l.setReason(dir, bySetting, true))
	at := time.Now().Truncate(time.Millisecond)
	start := []byte(`{"settings":{"user":"ilund"},"lines":["` + strings.Repeat("x", 6000) + `"]}`)
	l.put(trace.Record{Kind: trace.Start, At: at.UnixMilli(), Start: start})
	l.put(trace.Record{Kind: trace.In, At: at.UnixMilli(), Raw: "<message from='pbx.branch'>Jörg</message>"})
	l.line("DEBUG", tidMessages, "Ida Lund (41): Send_TAPI_Event: <0x1> Line=0x1, Call=0x7, Msg=0x2 (LINE_CALLSTATE), P1=0x100, P2=0x1, P3=0x4")
	var saved strings.Builder
	for i := 1; !strings.Contains(saved.String(), "(LINE_CALLSTATE)"); i++ {
		fmt.Fprintf(&saved, "%08d\t%.8f\t%s\n", i, float64(i)/1000, strings.TrimSuffix(view.next(), "\n"))
	}
	l.close()
	written, err := os.ReadFile(filepath.Join(dir, debugName))
	require.NoError(t, err)
	var shown strings.Builder
	for line := range strings.Lines(saved.String()) {
		_, text, _ := strings.Cut(line, "\t")
		_, text, _ = strings.Cut(text, "\t")
		if shown.Len() > 0 && strings.HasPrefix(text, "[") {
			shown.WriteString("\n")
		}
		shown.WriteString(strings.TrimSuffix(text, "\n"))
	}
	require.Equal(t, string(written), shown.String()+"\n", "the same lines, whole")
}

// tempDir makes a directory for a test; t.TempDir deletes in a way that Wine does not have.
func tempDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "offhook")
	require.NoError(t, err)
	t.Cleanup(func() {
		for _, name := range []string{debugName, debugName + ".1"} {
			_ = os.Remove(filepath.Join(dir, name))
		}
		require.NoError(t, os.Remove(dir))
	})
	return dir
}
