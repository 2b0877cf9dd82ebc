package pascom

import (
	"cmp"
	"encoding/xml"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
)

// wireMessage is a message as encoding/xml reads it, the independent judge of the strict steps (and the measure of
// the benchmarks).
type wireMessage struct {
	XMLName xml.Name `xml:"message"`
	To      string   `xml:"to,attr"`
	From    string   `xml:"from,attr"`
	Type    string   `xml:"type,attr"`
	ID      string   `xml:"id,attr"`
	Cmd     struct {
		Module  string     `xml:"module,attr"`
		Channel *wireEvent `xml:"http://www.pascom.net/mobydick ChannelEvent"`
		Pickup  *wireEvent `xml:"http://www.pascom.net/mobydick PickupEvent"`
	} `xml:"http://www.pascom.net/mobydick cmd"`
}

type wireEvent struct {
	UserAttr       string `xml:"username,attr"`
	EventType      string `xml:"eventType"`
	EventID        string `xml:"eventId"`
	EventDetails   string `xml:"eventDetails"`
	Outbound       string `xml:"outbound"`
	Internal       string `xml:"internal"`
	SourceName     string `xml:"sourceName"`
	SourceNumber   string `xml:"sourceNumber"`
	SourceCallerID string `xml:"sourceCallerIdName"`
	TargetName     string `xml:"targetName"`
	TargetCallerID string `xml:"targetCallerIdName"`
	TargetNumber   string `xml:"targetNumber"`
	BusySince      string `xml:"busySince"`
	RefChannel     string `xml:"refChannel"`
	Device         string `xml:"device"`
	FromName       string `xml:"fromName"`
	FromNumber     string `xml:"fromNumber"`
	Username       string `xml:"username"`
	DeviceID       string `xml:"deviceId"`
	Target         string `xml:"target"`

	Labels []wireLabel `xml:"LabelList>Label"`
}

type wireLabel struct {
	DisplayAttr string `xml:"displayName,attr"`
	ValueAttr   string `xml:"value,attr"`
	VisibleAttr string `xml:"visible,attr"`
	Display     string `xml:"displayName"`
	Value       string `xml:"value"`
	Visible     string `xml:"visible"`
}

func (w *wireEvent) fields() (f [fieldCount]string) {
	f = [fieldCount]string{w.EventType, w.EventID, w.EventDetails, w.Outbound, w.Internal, w.SourceName,
		w.SourceNumber, w.SourceCallerID, w.TargetName, w.TargetCallerID, w.TargetNumber, w.BusySince, w.RefChannel,
		w.Device, w.FromName, w.FromNumber, w.Username, "", w.DeviceID, w.Target}
	if f[fieldUser] == "" {
		f[fieldUser] = w.UserAttr
	}
	return f
}

func (w *wireEvent) labels() (all []label) {
	for _, l := range w.Labels {
		all = append(all, label{cmp.Or(l.Display, l.DisplayAttr), cmp.Or(l.Value, l.ValueAttr), cmp.Or(l.Visible, l.VisibleAttr)})
	}
	return all
}

type wirePresence struct {
	XMLName xml.Name `xml:"presence"`
	To      string   `xml:"to,attr"`
	From    string   `xml:"from,attr"`
	Type    string   `xml:"type,attr"`
	ID      string   `xml:"id,attr"`
	Show    string   `xml:"show"`
}

// byReflection reads what the strict steps accepted with encoding/xml alone.
func byReflection(t testing.TB, raw string, f form) *simpleStanza {
	dec := xml.NewDecoder(strings.NewReader(raw))
	if f == formPresence {
		var p wirePresence
		require.NoError(t, dec.Decode(&p), raw)
		return &simpleStanza{to: p.To, from: p.From, stanzaType: p.Type, id: p.ID, form: f, show: p.Show}
	}
	var m wireMessage
	require.NoError(t, dec.Decode(&m), raw)
	_, err := dec.Token()
	if err == nil {
		_, err = dec.Token() // white space behind
	}
	require.ErrorIs(t, err, io.EOF, raw)
	w := m.Cmd.Channel
	if f == formPickup {
		w = m.Cmd.Pickup
	}
	require.NotNil(t, w, raw)
	return &simpleStanza{to: m.To, from: m.From, stanzaType: m.Type, id: m.ID, form: f, fields: w.fields(),
		labels: w.labels()}
}

// agree holds the three steps and encoding/xml together for one stanza.
func agree(t testing.TB, raw string) {
	d := New(Options{})
	var p, s simpleStanza
	predicted, scanned := predict(raw, &p), scan(raw, &s)
	if predicted {
		require.True(t, scanned, "predict took what scan refused: %q", raw)
		require.Equal(t, s, p, "%q", raw)
	}
	if !scanned {
		return
	}
	require.Equal(t, byReflection(t, raw, s.form), &s, "%q", raw)
	var fast, slow engine.Observation
	d.observe(&s, home, &fast)
	d.decodeTree(raw, home, &slow)
	require.Equal(t, oneLine(&slow), oneLine(&fast), "%q", raw)
}

func TestStepsAgreeOnTheCorpus(t *testing.T) {
	for _, folder := range []string{"valid", "invalid"} {
		for _, raw := range corpus(t, folder) {
			agree(t, raw)
		}
	}
}

// TestWhichStepReads pins that the common stanzas take the short way.
func TestWhichStepReads(t *testing.T) {
	all := corpus(t, "valid")
	for name, want := range map[string]string{"channel-ringing-inbound": "predict", "channel-umlauts": "predict",
		"channel-pretty-printed": "scan", "channel-labels-empty": "predict", "channel-device-missing": "predict",
		"channel-few-children": "predict", "channel-labels": "predict", "channel-entities-in-name": "predict", "channel-from-before-to": "predict", "channel-cmd-attributes-turned": "predict",
		"channel-children-in-other-order": "scan", "channel-single-quotes": "scan", "pickup-gone": "scan",
		"presence-phone-free": "scan", "presence-phone-unavailable": "scan", "channel-cdata-name": "tree",
		"channel-prefixed": "tree", "channel-comment-between": "tree", "reply-success": "tree"} {
		raw := all[filepath.Join(stanzas, "valid", name)]
		require.NotEmpty(t, raw, name)
		var p, s simpleStanza
		got := "tree"
		if scan(raw, &s) {
			got = "scan"
		}
		if predict(raw, &p) {
			got = "predict"
		}
		require.Equal(t, want, got, name)
	}
}

func FuzzStepsAgree(f *testing.F) {
	for _, folder := range []string{"valid", "invalid"} {
		for _, raw := range corpus(f, folder) {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw string) { agree(t, raw) })
}
