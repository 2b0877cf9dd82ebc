package main

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

// debugWaiting is how many lines wait for a DebugView that is slow; further ones are left out there and counted.
const debugWaiting = 4096

// debugPiece is how much DebugView's buffer takes at once, with a zero behind it.
const debugPiece = 4090

// debugViewer gives lines to OutputDebugString, from a goroutine of its own: Windows has whoever speaks wait up to ten seconds
// for a DebugView that hangs. The text goes as UTF-8, as it stands in the file, a long line in pieces that replay puts
// together again.
func debugViewer() func(line []byte) {
	var once sync.Once
	var lost atomic.Uint64
	waiting := make(chan []byte, debugWaiting)
	show := func(line []byte) {
		for len(line) > 0 {
			n := len(line)
			if n > debugPiece {
				for n = debugPiece; !utf8.RuneStart(line[n]); n-- {
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
