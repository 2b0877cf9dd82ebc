package support

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/windows"
)

var procOutputDebugString = windows.NewLazySystemDLL("kernel32.dll").NewProc("OutputDebugStringA")

// viewQueue is how many lines wait for a slow DebugView; further ones are left out and counted.
const viewQueue = 4096

// viewPiece is how many bytes DebugView's buffer takes at once, before the zero.
const viewPiece = 4090

// newDebugViewer returns a function that gives a line to OutputDebugString. The call is made in a goroutine of its own,
// since Windows lets the caller wait up to ten seconds for a DebugView that hangs. The text is UTF-8, as in the file; a
// long line goes in pieces, which replay puts together again.
func newDebugViewer() func(line []byte) {
	var once sync.Once
	var lost atomic.Uint64
	waiting := make(chan []byte, viewQueue)
	show := func(line []byte) {
		for len(line) > 0 {
			n := len(line)
			if n > viewPiece {
				for n = viewPiece; !utf8.RuneStart(line[n]); n-- {
				}
			}
			text := append(bytes.Clone(line[:n]), 0)
			_, _, _ = procOutputDebugString.Call(uintptr(unsafe.Pointer(&text[0])))
			line = line[n:]
		}
	}
	return func(line []byte) {
		once.Do(func() {
			go func() {
				for line := range waiting {
					show(line)
					if n := lost.Swap(0); n > 0 {
						show(fmt.Appendf(nil, "offhook: %d lines are missing here; the file has them\n", n))
					}
				}
			}()
		})
		select {
		case waiting <- bytes.Clone(line):
		default:
			lost.Add(1)
		}
	}
}
