package winetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"offhook/adapters/tapi/wire"
)

// relay stands between the provider DLL and the daemon and spoils what the daemon says, in the manner it was told last.
type relay struct {
	to string

	mu     sync.Mutex
	manner string
	open   map[net.Conn]bool
}

// manners by name: what becomes of a connection whose daemon's end is at hand. Behind "-later" they begin after the daemon's welcome.
var manners = map[string]func(dll, daemon net.Conn) error{
	"refused":       func(dll, daemon net.Conn) error { return nil },
	"silence":       func(dll, daemon net.Conn) error { return hold(dll) },
	"garbage":       func(dll, daemon net.Conn) error { return say(dll, garbage(4096)) },
	"other-version": func(dll, daemon net.Conn) error { return say(dll, header(wire.Version+1, wire.KindWelcome, 24)) },
	"oversize": func(dll, daemon net.Conn) error {
		return say(dll, header(wire.Version, wire.KindNotification, 1<<31-1))
	},
	"half-frame": func(dll, daemon net.Conn) error {
		return say(dll, append(header(wire.Version, wire.KindReply, 400), 1, 2, 3))
	},
	"wrong-kind": func(dll, daemon net.Conn) error { return say(dll, frame(&wire.NewCallAnswer{Call: 1, Accepted: true})) },
	"error": func(dll, daemon net.Conn) error {
		return say(dll, frame(&wire.Error{Code: wire.CodeBadFrame, Text: "spoilt"}))
	},
	"trickle":  trickle,
	"flapping": flap,
}

// newRelay is ready when it is served.
func newRelay(to string) *relay { return &relay{to: to, manner: "good", open: map[net.Conn]bool{}} }

// spoil changes the manner; connections of the one before end.
func (r *relay) spoil(manner string) error {
	if manner != "good" && manners[strings.TrimSuffix(manner, "-later")] == nil {
		return fmt.Errorf("no such manner: %s", manner)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.manner = manner
	for c := range r.open {
		c.Close()
	}
	return nil
}

func (r *relay) serve(_ context.Context, l net.Listener) {
	var under sync.WaitGroup
	defer under.Wait()
	defer r.spoil("refused")
	for {
		dll, err := l.Accept()
		if err != nil {
			return
		}
		under.Go(func() { r.connection(dll) })
	}
}

func (r *relay) connection(dll net.Conn) {
	defer dll.Close()
	daemon, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer daemon.Close()
	r.mu.Lock()
	manner := r.manner
	r.open[dll], r.open[daemon] = true, true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.open, dll)
		delete(r.open, daemon)
		r.mu.Unlock()
	}()
	go func() { // what the DLL says is never spoilt
		_, _ = io.Copy(daemon, dll)
		daemon.Close()
	}()
	if manner == "good" {
		_, _ = io.Copy(dll, daemon)
		return
	}
	name, later := strings.CutSuffix(manner, "-later")
	if later && greet(dll, daemon) != nil {
		return
	}
	if err := manners[name](dll, daemon); err == nil && name != "refused" {
		_ = hold(daemon)
	}
}

// greet passes the daemon's welcome on.
func greet(dll, daemon net.Conn) error {
	f, err := wire.ReadFrame(daemon)
	if err != nil {
		return err
	}
	return wire.WriteFrame(dll, f)
}

// hold lets a connection be, until it is closed.
func hold(c net.Conn) error {
	_, err := io.Copy(io.Discard, c)
	return err
}

func say(dll net.Conn, bytes []byte) error {
	_, err := dll.Write(bytes)
	return err
}

func garbage(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func header(version uint8, kind wire.Kind, length uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, wire.Magic)
	b = append(b, version, byte(kind), 0, 0)
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint32(b, length)
}

func frame(b wire.Body) []byte {
	f, err := wire.NewFrame(0, b)
	if err != nil {
		panic(err)
	}
	return append(header(wire.Version, f.Kind, uint32(len(f.Payload))), f.Payload...)
}

// trickle passes a byte at a time.
func trickle(dll, daemon net.Conn) error {
	b := make([]byte, 1)
	for {
		if _, err := daemon.Read(b); err != nil {
			return err
		}
		time.Sleep(40 * time.Millisecond)
		if err := say(dll, b); err != nil {
			return err
		}
	}
}

// flap is a connection that is good for a moment.
func flap(dll, daemon net.Conn) error {
	daemon.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	_, err := io.Copy(dll, daemon)
	return err
}
