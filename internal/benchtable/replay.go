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

// benchReplay measures offhook replay on a trace file.
func benchReplay(b *bench) error {
	file := filepath.Join(b.dir, "office.ndjson")
	stanzas, err := writeOfficeTrace(file)
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
		err := playSilently(file)
		return stanzas, time.Since(start), err
	}
	t, err := b.alternate(silent, written(replay.Text), written(replay.JSON))
	if err != nil {
		return err
	}
	for i, name := range []string{"without output", "text", "JSON"} {
		b.add(row{name: "replay of a trace, " + name, value: t[i], unit: "ns", detail: formatRate(t[i], "stanzas")})
	}
	return nil
}

// playSilently feeds a file to the engine and the projection and writes nothing.
func playSilently(file string) error {
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

// writeOfficeTrace writes a trace of an office's calls and returns how many stanzas it has.
func writeOfficeTrace(file string) (int, error) {
	f, err := os.Create(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	o, w := &office{lines: lineCount}, bufio.NewWriter(f)
	rs := o.records(callsPerTurn)
	var line []byte
	for _, r := range rs {
		line = r.Append(line[:0])
		if _, err := w.Write(line); err != nil {
			return 0, err
		}
	}
	return len(rs), w.Flush()
}
