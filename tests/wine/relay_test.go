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

// relay stands between the provider DLL and the daemon and damages what the daemon sends, in the manner that was set last.
type relay struct {
	to string

	mu     sync.Mutex
	manner string
	open   map[net.Conn]bool
}

// relayManners has the manners by name: each handles a connection with its connection to the daemon. With "-later" they begin behind
// the daemon's welcome.
var relayManners = map[string]func(dll, daemon net.Conn) error{
	"refused": func(dll, daemon net.Conn) error { return nil },
	"silence": func(dll, daemon net.Conn) error { return holdOpen(dll) },
	"garbage": func(dll, daemon net.Conn) error { return sendBytes(dll, randomBytes(4096)) },
	"other-version": func(dll, daemon net.Conn) error {
		return sendBytes(dll, frameHeader(wire.Version+1, wire.KindWelcome, 24))
	},
	"oversize": func(dll, daemon net.Conn) error {
		return sendBytes(dll, frameHeader(wire.Version, wire.KindNotification, 1<<31-1))
	},
	"half-frame": func(dll, daemon net.Conn) error {
		return sendBytes(dll, append(frameHeader(wire.Version, wire.KindReply, 400), 1, 2, 3))
	},
	"wrong-kind": func(dll, daemon net.Conn) error {
		return sendBytes(dll, encodeFrame(&wire.NewCallAnswer{Call: 1, Accepted: true}))
	},
	"error": func(dll, daemon net.Conn) error {
		return sendBytes(dll, encodeFrame(&wire.Error{Code: wire.CodeBadFrame, Text: "damaged"}))
	},
	"trickle":  trickle,
	"flapping": flap,
}

// newRelay makes a relay; serve runs it.
func newRelay(to string) *relay { return &relay{to: to, manner: "good", open: map[net.Conn]bool{}} }

// setManner changes the manner and ends the connections of the previous one.
func (r *relay) setManner(manner string) error {
	if manner != "good" && relayManners[strings.TrimSuffix(manner, "-later")] == nil {
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
	defer r.setManner("refused")
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
	go func() { // what the DLL sends is not damaged
		_, _ = io.Copy(daemon, dll)
		daemon.Close()
	}()
	if manner == "good" {
		_, _ = io.Copy(dll, daemon)
		return
	}
	name, later := strings.CutSuffix(manner, "-later")
	if later && passWelcome(dll, daemon) != nil {
		return
	}
	if err := relayManners[name](dll, daemon); err == nil && name != "refused" {
		_ = holdOpen(daemon)
	}
}

// passWelcome passes the daemon's welcome to the DLL.
func passWelcome(dll, daemon net.Conn) error {
	f, err := wire.ReadFrame(daemon)
	if err != nil {
		return err
	}
	return wire.WriteFrame(dll, f)
}

// holdOpen keeps a connection open, without sending, until it is closed.
func holdOpen(c net.Conn) error {
	_, err := io.Copy(io.Discard, c)
	return err
}

func sendBytes(dll net.Conn, bytes []byte) error {
	_, err := dll.Write(bytes)
	return err
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func frameHeader(version uint8, kind wire.Kind, length uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, wire.Magic)
	b = append(b, version, byte(kind), 0, 0)
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint32(b, length)
}

func encodeFrame(b wire.Body) []byte {
	f, err := wire.NewFrame(0, b)
	if err != nil {
		panic(err)
	}
	return append(frameHeader(wire.Version, f.Kind, uint32(len(f.Payload))), f.Payload...)
}

// trickle passes one byte at a time.
func trickle(dll, daemon net.Conn) error {
	b := make([]byte, 1)
	for {
		if _, err := daemon.Read(b); err != nil {
			return err
		}
		time.Sleep(40 * time.Millisecond)
		if err := sendBytes(dll, b); err != nil {
			return err
		}
	}
}

// flap passes everything for a moment and then ends the connection.
func flap(dll, daemon net.Conn) error {
	daemon.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	_, err := io.Copy(dll, daemon)
	return err
}
