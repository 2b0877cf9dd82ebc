package dialplan

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// ErrBarring is wrapped by the errors of NewBarring.
var ErrBarring = errors.New("bad barring setting")

// What Check says of a number that may not be dialled.
var (
	ErrBarred   = errors.New("the number is barred")
	ErrTooOften = errors.New("too many numbers were dialled on the line within a minute")
)

// Bounds of barring settings.
const (
	MaxDeny      = 1000
	MaxDialLimit = 10_000 // a minute and line
)

// Barring says what may not be dialled: numbers, and how many a minute. It is there against programs that
// run wild and against toll fraud from a hijacked workstation; the PBX has its own. All methods may be called at the
// same time; nil bars nothing.
type Barring struct {
	plan  Plan
	deny  []pattern
	limit int
	log   *slog.Logger
	now   func() time.Time

	mu          sync.Mutex
	dialed      map[string][]time.Time // by line: of the last minute, oldest first
	repetitions map[string]*repetition // by line and rule: what the log does not repeat
}

type repetition struct {
	until time.Time
	times int // how often since it was said
}

// NewBarring bars numbers that a pattern matches, with ErrBarred, and more than limit numbers within a minute on one
// line, with ErrTooOften (0 for no limit). A pattern is a number as Clean leaves it; "?" in it stands for any
// one digit, a "*" at its end for anything or nothing. Elsewhere "*" is the key. nil comes back when there is nothing to bar;
// ErrBarring says which pattern is none.
//
// Numbers are compared as they were dialled, as the plan sends them to the PBX, and in the other ways the plan knows to
// write them: with the country code in front, after "+" or the international prefix, and without it.
//
// An emergency number of the plan is barred only by a pattern that is that number and nothing else, and neither counts nor
// waits for the limit.
func NewBarring(patterns []string, limit int, plan Plan, log *slog.Logger) (*Barring, error) {
	switch {
	case limit < 0 || limit > MaxDialLimit:
		return nil, fmt.Errorf("dialplan: %w: %d numbers a minute; write 0 (no limit) to %d", ErrBarring, limit, MaxDialLimit)
	case len(patterns) > MaxDeny:
		return nil, fmt.Errorf("dialplan: %w: %d patterns, at most %d", ErrBarring, len(patterns), MaxDeny)
	case len(patterns) == 0 && limit == 0:
		return nil, nil
	}
	b := &Barring{plan: plan, limit: limit, log: log, now: time.Now, dialed: map[string][]time.Time{}, repetitions: map[string]*repetition{}}
	for _, text := range patterns {
		d, err := parsePattern(text)
		if err != nil {
			return nil, err
		}
		b.deny = append(b.deny, d)
	}
	if b.log == nil {
		b.log = slog.Default()
	}
	return b, nil
}

// pattern is a pattern: its text, and what is compared.
type pattern struct {
	text      string
	body      string // without the "*" at its end
	anySuffix bool   // anything may follow
}

func parsePattern(text string) (pattern, error) {
	d := pattern{text: text}
	var b strings.Builder
	for _, r := range text {
		if !ignoredInNumber(r) {
			b.WriteRune(r)
		}
	}
	d.body, d.anySuffix = strings.CutSuffix(strings.ToUpper(b.String()), "*")
	rest := strings.TrimPrefix(d.body, "+")
	if len(text) > MaxDialable || d.body == "" && !d.anySuffix || strings.Trim(rest, "0123456789*#ABCD?") != "" {
		return d, fmt.Errorf("dialplan: %w: %q; write digits, + at the beginning, ? for any digit, * at the end for anything, such as 0900* or +882*", ErrBarring, text)
	}
	return d, nil
}

func (d *pattern) matches(number string) bool {
	if len(number) < len(d.body) || !d.anySuffix && len(number) > len(d.body) {
		return false
	}
	for i := 0; i < len(d.body); i++ {
		if d.body[i] != number[i] && (d.body[i] != '?' || number[i] == '+') {
			return false
		}
	}
	return true
}

// Check checks a number that a request on the line is about to dial; sent is what the PBX is given. counted says that it
// starts something that may cost.
func (b *Barring) Check(line, number, sent string, counted bool) error {
	if b == nil {
		return nil
	}
	spellings := append(b.spellings(number), b.spellings(sent)...)
	emergency := b.plan.isEmergency(number)
	for i := range b.deny {
		d := &b.deny[i]
		if emergency && (d.anySuffix || d.body != number) {
			continue
		}
		for _, s := range spellings {
			if (!s.ownCountry || d.namesOwnCountry(&b.plan)) && d.matches(s.text) {
				b.logRefusal(line, d.text)
				return ErrBarred
			}
		}
	}
	if counted && !emergency && !b.countDialled(line) {
		b.logRefusal(line, fmt.Sprintf("%d a minute", b.limit))
		return ErrTooOften
	}
	return nil
}

// spelling is one way to write a number. An own one names the own country though the number as dialled may not: only
// patterns that name it too are compared with it, else "00*" would bar every call of the own country.
type spelling struct {
	text       string
	ownCountry bool
}

func (b *Barring) spellings(number string) []spelling {
	l := []spelling{{text: number}}
	code, abroad := strings.CutPrefix(number, "+")
	if !abroad {
		code, abroad = strings.CutPrefix(number, b.plan.international())
	}
	trunk, country := b.plan.trunk(), b.plan.Country
	if !abroad {
		if rest, national := strings.CutPrefix(number, trunk); national && trunk != "" && country != "" {
			l = append(l, spelling{"+" + country + rest, true}, spelling{b.plan.international() + country + rest, true})
		}
		return l
	}
	rest, own := strings.CutPrefix(code, country)
	own = own && country != ""
	l = append(l, spelling{"+" + code, own}, spelling{b.plan.international() + code, own})
	if own {
		l = append(l, spelling{text: trunk + strings.TrimPrefix(rest, trunk)})
	}
	return l
}

// namesOwnCountry says whether the pattern itself names the own country.
func (d *pattern) namesOwnCountry(p *Plan) bool {
	return p.Country != "" && (strings.HasPrefix(d.body, "+"+p.Country) || strings.HasPrefix(d.body, p.international()+p.Country))
}

// countDialled counts a number against the line's limit.
func (b *Barring) countDialled(line string) bool {
	if b.limit == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	l := b.dialed[line]
	for len(l) > 0 && now.Sub(l[0]) >= time.Minute {
		l = l[1:]
	}
	if len(l) >= b.limit {
		b.dialed[line] = l
		return false
	}
	b.dialed[line] = append(l, now)
	return true
}

// repeatPause is how long the log does not repeat itself about one line and rule.
const repeatPause = 10 * time.Second

func (b *Barring) logRefusal(line, rule string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, key := b.now(), line+"\x00"+rule
	s := b.repetitions[key]
	if s == nil {
		if len(b.repetitions) >= MaxDeny {
			clear(b.repetitions)
		}
		s = &repetition{}
		b.repetitions[key] = s
	}
	if s.times++; now.Before(s.until) {
		return
	}
	b.log.Warn("dialplan: a program may not dial this", "line", line, "rule", rule, "times", s.times)
	*s = repetition{until: now.Add(repeatPause)}
}
