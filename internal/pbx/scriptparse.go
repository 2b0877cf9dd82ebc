package pbx

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrScript is wrapped by every error of a script. The error's text names the line.
var ErrScript = errors.New("pbx: script")

const maxScript = 1 << 20 // bytes

// Script is a parsed script: an office and the actions in it.
type Script struct {
	setup        []func(*Config) error
	lines        []scriptLine
	officeWord   string // the word of the last office line, "" without one
	hasUserLines bool   // the script has user lines
}

// startsEmpty reports whether the office begins without DefaultOffice.
func (sc *Script) startsEmpty() bool {
	return sc.officeWord == "empty" || sc.officeWord == "" && sc.hasUserLines
}

type scriptLine struct {
	number int
	at     time.Duration
	text   string
	run    action
}

// ParseScript reads a script. Nothing is executed; secret files are read here.
func ParseScript(r io.Reader) (*Script, error) {
	sc := &Script{}
	in := bufio.NewScanner(io.LimitReader(r, maxScript))
	in.Buffer(nil, maxScript)
	for no := 1; in.Scan(); no++ {
		if err := sc.parseLine(no, in.Text()); err != nil {
			return nil, fmt.Errorf("%w line %d: %w", ErrScript, no, err)
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrScript, err)
	}
	return sc, nil
}

// Config returns the office that the setup lines describe.
func (sc *Script) Config() (Config, error) {
	cfg := DefaultOffice()
	if sc.startsEmpty() {
		cfg = Config{Domain: "branch", CountryCode: "49"}
	}
	for _, set := range sc.setup {
		if err := set(&cfg); err != nil {
			return Config{}, err
		}
	}
	return cfg, cfg.validate()
}

func (sc *Script) parseLine(no int, text string) error {
	words, err := splitWords(text)
	if err != nil || len(words) == 0 {
		return err
	}
	l := scriptLine{number: no, at: -1, text: strings.TrimSpace(text)}
	if words[0] == "at" {
		if len(words) < 3 {
			return errors.New("write: at TIME VERB …")
		}
		if l.at, err = parseDuration(words[1]); err != nil {
			return err
		}
		words = words[2:]
	}
	if set := setupVerbs[words[0]]; set != nil {
		if l.at >= 0 {
			return fmt.Errorf("%q is a setup line and takes no time", words[0])
		}
		return sc.addSetup(no, words, set)
	}
	verb, ok := actionVerbs[words[0]]
	if !ok {
		return fmt.Errorf("unknown verb %q", words[0])
	}
	if words[0] == "raw" { // the stanza is the rest of the line, unchanged
		words = rawWords(l.text)
	}
	args := words[1:]
	if len(args) < verb.min || len(args) > verb.max {
		return fmt.Errorf("write: %s", verb.usage)
	}
	if l.run, err = verb.parse(args); err != nil {
		return err
	}
	sc.lines = append(sc.lines, l)
	return nil
}

func (sc *Script) addSetup(no int, words []string, set setupVerb) error {
	fn, err := set(words[1:])
	if err != nil {
		return err
	}
	switch words[0] {
	case "user":
		sc.hasUserLines = true
	case "office":
		sc.officeWord = words[1]
	}
	sc.setup = append(sc.setup, func(c *Config) error {
		if err := fn(c); err != nil {
			return fmt.Errorf("%w line %d: %w", ErrScript, no, err)
		}
		return nil
	})
	return nil
}

// splitWords splits a line at blanks outside quotes, up to a # that begins a word.
// name="a b" is one word.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	in, quoted := false, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
		case c == '"':
			quoted, in = !quoted, true
		case !quoted && (c == ' ' || c == '\t' || c == '\r'):
			if in {
				words = append(words, word.String())
			}
			word.Reset()
			in = false
		case !quoted && c == '#' && !in:
			return words, nil
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if quoted {
		return nil, errors.New("a quotation mark is not closed")
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

// rawWords splits a raw line into raw, login and the rest.
func rawWords(text string) []string {
	if i := strings.Index(text, "raw "); i >= 0 {
		text = text[i:]
	}
	return strings.SplitN(text, " ", 3)
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > 24*time.Hour {
		return 0, fmt.Errorf("time %q: write for example 1.5s or 200ms", text)
	}
	return d, nil
}

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 100_000_000 {
		return 0, fmt.Errorf("%q is not a usable count", text)
	}
	return n, nil
}

func parseOnOff(text string) (bool, error) {
	switch text {
	case "on", "yes":
		return true, nil
	case "off", "no":
		return false, nil
	}
	return false, fmt.Errorf("%q: write on or off", text)
}

func readSecret(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("secret file: %w", err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
