package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"time"

	"offhook/internal/fact"
	"offhook/internal/wiring"
	"offhook/replay"
	"offhook/replay/source"
)

// replaying measures offhook replay on a trace file. Its targets compare it with tshark on a pcap, which is no part of
// this program; the rates stand here to be divided by tshark's of the same hour.
func replaying(b *bench) error {
	file := filepath.Join(b.dir, "office.ndjson")
	stanzas, err := writeTrace(file)
	if err != nil {
		return err
	}
	written := func(f replay.Format) side {
		return func() (int, time.Duration, error) {
			start := time.Now()
			_, err := replay.Run(b.ctx, io.Discard, replay.Options{Open: wiring.Open(nil), Format: f}, file)
			return stanzas, time.Since(start), err
		}
	}
	silent := func() (int, time.Duration, error) {
		start := time.Now()
		err := play(file)
		return stanzas, time.Since(start), err
	}
	t, err := b.turns(silent, written(replay.Text), written(replay.JSON))
	if err != nil {
		return err
	}
	for i, name := range []string{"without output", "text", "JSON"} {
		b.add(row{name: "replay of a trace, " + name, value: t[i], unit: "ns", detail: rate(t[i], "stanzas")})
	}
	return nil
}

// play feeds a file into the engine and the projection and shows nobody what follows.
func play(file string) error {
	o := replay.Options{Open: wiring.Open(nil)}
	parts, err := o.Open(nil)
	if err != nil {
		return err
	}
	in := source.NewInput(source.Options{Split: parts.Split}, file)
	defer in.Close()
	p := replay.NewPlayer(parts, settings(), func(*fact.Fact) {})
	for {
		r, err := in.Next()
		if err == io.EOF {
			p.Close()
			return nil
		}
		if err == nil {
			err = p.Feed(r)
		}
		if err != nil {
			return err
		}
	}
}

// writeTrace writes an office's morning and says how many stanzas it has.
func writeTrace(file string) (int, error) {
	f, err := os.Create(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	o, w := &office{lines: lineCount}, bufio.NewWriter(f)
	rs := o.records(turnCalls)
	var line []byte
	for _, r := range rs {
		line = r.Append(line[:0])
		if _, err := w.Write(line); err != nil {
			return 0, err
		}
	}
	return len(rs), w.Flush()
}
