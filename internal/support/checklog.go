package support

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

	"offhook/adapters/tapi/projection"
	"offhook/internal/trace"
	"offhook/internal/wiring"
	"offhook/replay"
)

// logMessage is one message to TAPI, in a log or of a replay.
type logMessage struct {
	seq     uint64 // of its event; 0 in a log
	part    int    // of a log: how many times messages had begun before it
	at      time.Time
	address string // of the line; empty for the end of a request
	text    string // what is compared: message and parameters
	cut     bool   // the log has only the beginning of the text
}

// logCheck compares the messages of a log with those of its replay.
type logCheck struct {
	logged, replayed []logMessage
	begins           []uint64 // the event after which messages begin, each time the log was switched on or the daemon started
	inputs           int
}

// maxLogMessages bounds what a check keeps.
const maxLogMessages = 1_000_000

var errTooManyMessages = errors.New("the log has more messages than can be compared; cut it")

var errNoInputs = errors.New("the log has no stanzas, so nothing can be replayed; offhook's own debug.log has them")

var errNoMessages = errors.New("the log has no messages to TAPI to compare with; offhook replay shows what follows from it")

// checkLog replays the inputs of a debug log and compares the messages to TAPI, line by line of the PBX. diff is for
// people, and empty when there is no difference.
func checkLog(ctx context.Context, name string) (steps int, diff string, err error) {
	c := &logCheck{}
	o := replay.Options{Open: wiring.Open(c.addReplayed), OnLogLine: c.addLogged, Format: replay.JSON}
	sum, err := replay.Run(ctx, io.Discard, o, name)
	c.inputs = sum.Records
	switch {
	case err != nil:
		return c.inputs, "", err
	case len(c.logged) > maxLogMessages || len(c.replayed) > maxLogMessages:
		return c.inputs, "", errTooManyMessages
	case sum.Records == 0:
		return 0, "", errNoInputs
	case len(c.logged) == 0 && len(c.begins) == 0:
		return c.inputs, "", errNoMessages
	}
	return c.inputs, c.compare(), nil
}

// CheckLog checks one log, with the result that a scenario's check has.
func CheckLog(ctx context.Context, name string) replay.Result {
	r := replay.Result{Path: name}
	r.Steps, r.Diff, r.Err = checkLog(ctx, name)
	if r.Err == nil && r.Diff != "" {
		r.Err = fmt.Errorf("%s: %w", name, replay.ErrDifferent)
	}
	return r
}

// addLogged takes a line of the log.
func (c *logCheck) addLogged(l trace.LogLine) {
	if len(c.logged) > maxLogMessages {
		return
	}
	if rest, ok := strings.CutPrefix(l.Text, messagesFrom); ok {
		if n, err := strconv.ParseUint(rest, 10, 64); err == nil {
			c.begins = append(c.begins, n)
		}
		return
	}
	if m, ok := readMessage(l.Text); ok {
		m.at = l.At
		m.part = len(c.begins)
		c.logged = append(c.logged, m)
	}
}

// addReplayed takes a message of the replay.
func (c *logCheck) addReplayed(n projection.TAPIMessage) {
	if n.Bridged || len(c.replayed) > maxLogMessages {
		return
	}
	m := logMessage{seq: n.Pos.Seq, at: n.At.Time(), address: n.Address}
	if n.Message == projection.MessageAsyncCompletion {
		m.address, m.text = "", completionText(fmt.Sprintf("0x%x", n.Request), fmt.Sprintf("0x%x", uint32(n.Result)))
	} else {
		p1, p2, p3 := n.Params()
		m.text = messageText("LINE_"+n.Message.String(), []string{fmt.Sprintf("0x%x", p1), fmt.Sprintf("0x%x", p2), fmt.Sprintf("0x%x", p3)})
	}
	c.replayed = append(c.replayed, m)
}

// completionText returns what is compared of a completion.
func completionText(request, result string) string {
	return "completion of request " + request + ": " + result
}

// messageText returns what is compared of a message; the parameters of a NEWCALL are handles and left out.
func messageText(name string, params []string) string {
	if name == "LINE_NEWCALL" {
		return name
	}
	return strings.TrimSpace(name + " " + strings.Join(params, " "))
}

// readMessage reads a message from a log line of offhook, of its provider DLL or of another driver of that family.
func readMessage(text string) (m logMessage, ok bool) {
	text = strings.TrimSpace(text)
	m.cut = strings.HasSuffix(text, "…")
	if rest, found := strings.CutPrefix(text, "ASYNC_COMPLETION: Request="); found {
		request, result, both := strings.Cut(rest, ", Result=")
		m.text = completionText(request, result)
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
		return m, false // it is cut before the parameters
	}
	var params []string
	for field := range strings.SplitSeq(strings.TrimRight(rest, "…"), ",") {
		if _, v, ok := strings.Cut(field, "=0x"); ok {
			v = strings.TrimLeft(strings.ToLower(v), "0")
			params = append(params, "0x"+orZero(v))
		}
	}
	if m.cut && len(params) > 0 {
		params = params[:len(params)-1] // the last one may have lost digits
	}
	if !strings.HasPrefix(message, "LINE_") {
		message = "LINE_" + message
	}
	m.text = messageText(message, params)
	m.cut = m.cut || len(params) < 3
	return m, true
}

// orZero returns the digits, or 0 where leading zeros were all of them.
func orZero(digits string) string {
	if digits == "" {
		return "0"
	}
	return digits
}

// maxDiffs is how many differences are shown.
const maxDiffs = 20

// lastMessages is how long before the log's end a message may have happened and yet not stand in the log.
const lastMessages = 2 * time.Second

// compare returns the differences. The log of another driver has one part; it may lack lines that no program had open,
// and completions.
func (c *logCheck) compare() string {
	ours := len(c.begins) > 0
	if !ours {
		return joinDiffs(c.comparePart(0, 0, ^uint64(0), false))
	}
	var diffs []string
	for i, from := range c.begins {
		to := ^uint64(0)
		if i+1 < len(c.begins) {
			to = c.begins[i+1]
		}
		diffs = append(diffs, c.comparePart(i+1, from, to, true)...)
	}
	return joinDiffs(diffs)
}

// comparePart compares one part of the log with what followed from the events after from, up to to.
func (c *logCheck) comparePart(n int, from, to uint64, ours bool) (diffs []string) {
	logged := byAddress(c.logged, func(m logMessage) bool { return m.part == n && (ours || m.address != "") })
	replayed := byAddress(c.replayed, func(m logMessage) bool { return m.seq > from && m.seq <= to })
	for address := range replayed {
		if _, ok := logged[address]; ours && !ok {
			logged[address] = nil
		}
	}
	for _, address := range slices.Sorted(maps.Keys(logged)) {
		diffs = append(diffs, firstDiff(address, logged[address], replayed[address])...)
	}
	return diffs
}

// joinDiffs returns the differences as text, at most maxDiffs of them.
func joinDiffs(diffs []string) string {
	if len(diffs) > maxDiffs {
		diffs = append(diffs[:maxDiffs:maxDiffs], fmt.Sprintf("… and %d more", len(diffs)-maxDiffs))
	}
	if len(diffs) == 0 {
		return ""
	}
	return strings.Join(diffs, "\n") + "\n"
}

// byAddress groups the messages that a condition selects.
func byAddress(all []logMessage, selected func(logMessage) bool) map[string][]logMessage {
	m := map[string][]logMessage{}
	for _, x := range all {
		if selected(x) {
			m[x.address] = append(m[x.address], x)
		}
	}
	return m
}

// firstDiff compares the messages of one line up to the first difference; later ones follow from it.
func firstDiff(address string, logged, replayed []logMessage) []string {
	who := "line " + address
	if address == "" {
		who = "requests"
	}
	for i := range max(len(logged), len(replayed)) {
		switch {
		case i >= len(replayed):
			return []string{fmt.Sprintf("%s, message %d at %s: the log has %s, the replay nothing more", who, i+1, logged[i].at.UTC().Format(time.TimeOnly), logged[i].text)}
		case i >= len(logged):
			if end := replayed[len(replayed)-1].at; end.Sub(replayed[i].at) <= lastMessages {
				return nil // the log ended before it
			}
			return []string{fmt.Sprintf("%s, message %d at %s: the log has nothing more, the replay %s", who, i+1, replayed[i].at.UTC().Format(time.TimeOnly), replayed[i].text)}
		case logged[i].text != replayed[i].text && !(logged[i].cut && strings.HasPrefix(replayed[i].text, logged[i].text)):
			return []string{fmt.Sprintf("%s, message %d at %s: the log has %s, the replay %s", who, i+1, logged[i].at.UTC().Format(time.TimeOnly), logged[i].text, replayed[i].text)}
		}
	}
	return nil
}
