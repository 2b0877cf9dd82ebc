package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"offhook/adapters/tapi"
	"offhook/internal/trace"
	"offhook/internal/wiring"
	"offhook/replay"
)

// A debug log has both: what came in, and which messages to TAPI were made of it. To check one is to replay what came in
// and to compare the messages, line by line of the PBX.

// logMessage is one message to TAPI, in a log or of a replay.
type logMessage struct {
	seq     uint64 // of the event it came from; in a log nobody says
	part    int    // of a log: how often its messages had begun anew
	at      time.Time
	address string // of the line; empty for the end of a request
	word    string // what is compared: message and parameters
	cut     bool   // the log has only the beginning
}

// logCheck compares.
type logCheck struct {
	said, made []logMessage
	froms      []uint64 // where the log's messages begin, each time it was switched on or the daemon started
	inputs     int
}

// maxLogMessages bounds what a check keeps.
const maxLogMessages = 1_000_000

var errLogLong = errors.New("the log has more messages than can be compared; cut it")

// errNoInputs says that there is nothing to replay.
var errNoInputs = errors.New("the log has no stanzas, so nothing can be replayed; offhook's own debug.log has them")

// errNoMessages says that there is nothing to compare.
var errNoMessages = errors.New("the log has no messages to TAPI to compare with; offhook replay shows what follows from it")

// checkLog replays a debug log. The difference is for people; empty when there is none.
func checkLog(ctx context.Context, name string) (steps int, diff string, err error) {
	c := &logCheck{}
	o := replay.Options{Open: wiring.Open(c.made1), Said: c.said1, Format: replay.JSON}
	sum, err := replay.Run(ctx, io.Discard, o, name)
	c.inputs = sum.Records
	switch {
	case err != nil:
		return c.inputs, "", err
	case len(c.said) > maxLogMessages || len(c.made) > maxLogMessages:
		return c.inputs, "", errLogLong
	case sum.Records == 0:
		return 0, "", errNoInputs
	case len(c.said) == 0 && len(c.froms) == 0:
		return c.inputs, "", errNoMessages
	}
	return c.inputs, c.compare(), nil
}

// checkedLog is the check of one log among scenarios.
func checkedLog(ctx context.Context, name string) replay.Result {
	r := replay.Result{Path: name}
	r.Steps, r.Diff, r.Err = checkLog(ctx, name)
	if r.Err == nil && r.Diff != "" {
		r.Err = fmt.Errorf("%s: %w", name, replay.ErrDifferent)
	}
	return r
}

// said1 takes a line of the log.
func (c *logCheck) said1(l trace.LogLine) {
	if len(c.said) > maxLogMessages {
		return
	}
	if rest, ok := strings.CutPrefix(l.Text, shownFrom); ok {
		if n, err := strconv.ParseUint(rest, 10, 64); err == nil {
			c.froms = append(c.froms, n)
		}
		return
	}
	if m, ok := readMessage(l.Text); ok {
		m.at = l.At
		m.part = len(c.froms)
		c.said = append(c.said, m)
	}
}

// made1 takes a message of the replay.
func (c *logCheck) made1(n tapi.Notice) {
	if n.Bridged || len(c.made) > maxLogMessages {
		return
	}
	m := logMessage{seq: n.Pos.Seq, at: n.At.Time(), address: n.Address}
	if n.Message == tapi.MessageAsyncCompletion {
		m.address, m.word = "", completionWord(fmt.Sprintf("0x%x", n.Request), fmt.Sprintf("0x%x", uint32(n.Result)))
	} else {
		p1, p2, p3 := n.Params()
		m.word = eventWord("LINE_"+n.Message.String(), []string{fmt.Sprintf("0x%x", p1), fmt.Sprintf("0x%x", p2), fmt.Sprintf("0x%x", p3)})
	}
	c.made = append(c.made, m)
}

func completionWord(request, result string) string {
	return "completion of request " + request + ": " + result
}

// eventWord is what is compared of a message; that of a new call has handles.
func eventWord(name string, params []string) string {
	if name == "LINE_NEWCALL" {
		return name
	}
	return strings.TrimSpace(name + " " + strings.Join(params, " "))
}

// readMessage reads a message out of a log line: offhook's, its provider DLL's, or another driver's of the same family.
func readMessage(text string) (m logMessage, ok bool) {
	text = strings.TrimSpace(text)
	m.cut = strings.HasSuffix(text, "…")
	if rest, found := strings.CutPrefix(text, "ASYNC_COMPLETION: Request="); found {
		request, result, both := strings.Cut(rest, ", Result=")
		m.word = completionWord(request, result)
		return m, both && !m.cut
	}
	name, rest, found := strings.Cut(text, ": Send_TAPI_Event: ")
	if !found {
		return m, false
	}
	m.address = name
	if open := strings.LastIndexByte(name, '('); open >= 0 && strings.HasSuffix(name, ")") {
		m.address = name[open+1 : len(name)-1]
	}
	_, rest, found = strings.Cut(rest, "Msg=0x")
	_, rest, named := strings.Cut(rest, "(")
	message, rest, closed := strings.Cut(rest, ")")
	if !found || !named || !closed {
		return m, false // cut before it says anything
	}
	var params []string
	for field := range strings.SplitSeq(strings.TrimRight(rest, "…"), ",") {
		if _, v, ok := strings.Cut(field, "=0x"); ok {
			v = strings.TrimLeft(strings.ToLower(v), "0")
			params = append(params, "0x"+cmpZero(v))
		}
	}
	if m.cut && len(params) > 0 {
		params = params[:len(params)-1] // the last one may have lost digits
	}
	if !strings.HasPrefix(message, "LINE_") {
		message = "LINE_" + message
	}
	m.word = eventWord(message, params)
	m.cut = m.cut || len(params) < 3
	return m, true
}

func cmpZero(digits string) string {
	if digits == "" {
		return "0"
	}
	return digits
}

// mostDiffs is how many differences are shown.
const mostDiffs = 20

// lateLines is how long before a log's end messages may still have been on their way.
const lateLines = 2 * time.Second

// compare gives the differences. A log without a mark of ours has one part, and may leave lines out that no program had
// open, and ends of requests, which it has not.
func (c *logCheck) compare() string {
	ours := len(c.froms) > 0
	if !ours {
		return shown(c.part(0, 0, ^uint64(0), false))
	}
	var diffs []string
	for i, from := range c.froms {
		to := ^uint64(0)
		if i+1 < len(c.froms) {
			to = c.froms[i+1]
		}
		diffs = append(diffs, c.part(i+1, from, to, true)...)
	}
	return shown(diffs)
}

// part compares one part of the log with what followed from the events behind from, up to to.
func (c *logCheck) part(n int, from, to uint64, ours bool) (diffs []string) {
	said := byAddress(c.said, func(m logMessage) bool { return m.part == n && (ours || m.address != "") })
	made := byAddress(c.made, func(m logMessage) bool { return m.seq > from && m.seq <= to })
	for address := range made {
		if _, there := said[address]; ours && !there {
			said[address] = nil
		}
	}
	for _, address := range slices.Sorted(maps.Keys(said)) {
		diffs = append(diffs, unlike(address, said[address], made[address])...)
	}
	return diffs
}

func shown(diffs []string) string {
	if len(diffs) > mostDiffs {
		diffs = append(diffs[:mostDiffs:mostDiffs], fmt.Sprintf("… and %d more", len(diffs)-mostDiffs))
	}
	if len(diffs) == 0 {
		return ""
	}
	return strings.Join(diffs, "\n") + "\n"
}

func byAddress(all []logMessage, which func(logMessage) bool) map[string][]logMessage {
	m := map[string][]logMessage{}
	for _, x := range all {
		if which(x) {
			m[x.address] = append(m[x.address], x)
		}
	}
	return m
}

// unlike compares the messages of one line up to the first difference: what comes behind it follows from it.
func unlike(address string, said, made []logMessage) []string {
	who := "line " + address
	if address == "" {
		who = "requests"
	}
	for i := range max(len(said), len(made)) {
		switch {
		case i >= len(made):
			return []string{fmt.Sprintf("%s, message %d at %s: the log has %s, the replay nothing more", who, i+1, said[i].at.UTC().Format(time.TimeOnly), said[i].word)}
		case i >= len(said):
			if end := made[len(made)-1].at; end.Sub(made[i].at) <= lateLines {
				return nil // the log ended before it
			}
			return []string{fmt.Sprintf("%s, message %d at %s: the log has nothing more, the replay %s", who, i+1, made[i].at.UTC().Format(time.TimeOnly), made[i].word)}
		case said[i].word != made[i].word && !(said[i].cut && strings.HasPrefix(made[i].word, said[i].word)):
			return []string{fmt.Sprintf("%s, message %d at %s: the log has %s, the replay %s", who, i+1, said[i].at.UTC().Format(time.TimeOnly), said[i].word, made[i].word)}
		}
	}
	return nil
}
