package replay

import (
	"io"
	"strings"
	"testing"

	"offhook/internal/trace"
	"offhook/replay/scenario"
	"offhook/replay/source"
)

// FuzzScenario: any text that is a scenario is the same after it is printed and read again, and running it ends.
func FuzzScenario(f *testing.F) {
	f.Add(storyScenario)
	f.Add("recv at=10:00:00.000\n<a>\n\n</a>\n----\n\n\n\n#x\n")
	f.Add("start at=2026-03-09T08:58:00.250Z\n{\"settings\":{\"Learn\":true}}\nrecv at=00:00:00.000 raw=\"x\\n\"\n")
	f.Add("config line=41 device=a caps= timers.pair=1s\nskip at=00:00:00.001 code=a text=\"b c\"\ngap at=00:00:00.001\ncalls\n")
	f.Add("request at=00:00:00.000 dial line=1 number=x request=4294967295\ndrop at=00:00:00.000\nresume at=00:00:00.000 jid=a@b\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := scenario.Parse(text)
		if err != nil {
			return
		}
		printed := s.String()
		again, err := scenario.Parse(printed)
		if err != nil {
			t.Fatalf("the printed scenario is invalid: %v\n%s", err, printed)
		}
		if got := again.String(); got != printed {
			t.Fatalf("printed\n%s\nagain\n%s", printed, got)
		}
		if diff, err := CheckScenario(s, plainOptions, true); err == nil {
			if diff, err = CheckScenario(s, plainOptions, false); err != nil {
				t.Fatalf("after a rewrite: %v\n%s", err, diff)
			}
		} else if diff != "" {
			t.Fatalf("the events alone: %v\n%s", err, diff)
		}
	})
}

// talks is a stanza of the plain dialect.
const talks = `<message k="talking" ch="c1" from="7" to="41" user="a"/>`

// FuzzInput: no file makes Run panic or hang, and the text of a readable file is a scenario that passes its checks.
func FuzzInput(f *testing.F) {
	f.Add([]byte(bareStanzas))
	f.Add([]byte(gzipOf(bareStanzas)))
	f.Add([]byte(ndjsonOf(stanzaRecord(5, `<message k="ringing" ch="c1" from="7" to="41" user="a"/>`), trace.Record{Kind: trace.Timer, At: 900_000})))
	f.Add([]byte(ndjsonOf(stanzaRecord(0, "x"), trace.Record{Kind: trace.Request, Request: &trace.RequestRecord{ID: 1, Name: "dial", Line: "a", Number: "1?"}})))
	f.Add([]byte(`{"at":"2026-03-09T08:58:00Z","kind":"start","start":{"state":{"Seq":5},"capture":true}}`))
	f.Add([]byte("[7] 03/09 10:00:00:0040 [TID=1] [DEBUG]  received " + talks + "\n[7] 03/09 10:00:00:0041 [TID=1] [DEBUG]  received <message\n"))
	f.Add([]byte("1\t0.00000000\t[7] received " + talks + "\r\n2\t0.1\t[7] \r\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var text strings.Builder
		o := plainOptions
		o.Stdin = strings.NewReader(string(file))
		if _, err := Run(t.Context(), &text, o, source.Stdin); err != nil {
			return
		}
		s, err := scenario.Parse(text.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, text.String())
		}
		if diff, err := CheckScenario(s, plainOptions, false); err != nil {
			t.Fatalf("%v\n%s\n%s", err, diff, text.String())
		}
		o.Stdin, o.Format = strings.NewReader(string(file)), JSON
		if _, err := Run(t.Context(), io.Discard, o, source.Stdin); err != nil {
			t.Fatal(err)
		}
	})
}
