package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"offhook/engine"
)

// userMap says which Windows users a line is for.
type userMap struct {
	file  string
	given map[string][]mapped // by key of the login
	usual string              // the domain of everybody else; empty: nobody
}

type mapped struct {
	account string
	line    int // in the file
}

// Bounds of a mapping file.
const (
	maxMapLines = 100_000
	maxAccount  = 256 // a domain of up to 255 and a user of up to 20 characters exist; both long do not
)

// forbidden in account names (Windows: user accounts, NetBIOS and DNS domain names).
const forbiddenInAccount = "\"/[]:;|=,+*?<>"

// users reads the mapping.
func (c *linesCmd) users() (*userMap, error) {
	if c.Domain == "" && c.Map == "" {
		return nil, usage("who has which line? Give --domain DOMAIN where Windows users are called as those of the PBX, --map FILE with LOGIN=DOMAIN\\user, or both")
	}
	m := &userMap{file: c.Map, given: map[string][]mapped{}, usual: c.Domain}
	if c.Domain != "" {
		if err := checkAccount(c.Domain + `\user`); err != nil {
			return nil, usage("--domain %s: %w", c.Domain, err)
		}
	}
	if c.Map == "" {
		return m, nil
	}
	f, err := os.Open(c.Map)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := m.read(f); err != nil {
		return nil, usage("%s: %w", c.Map, err)
	}
	return m, nil
}

// read takes LOGIN=DOMAIN\user line by line; # begins a comment.
func (m *userMap) read(r io.Reader) error {
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(s.Text(), "\uFEFF"))
		if text == "" || text[0] == '#' {
			continue
		}
		login, account, ok := strings.Cut(text, "=")
		login, account = strings.TrimSpace(login), strings.TrimSpace(account)
		switch {
		case n > maxMapLines:
			return fmt.Errorf("line %d: more lines than %d", n, maxMapLines)
		case !utf8.ValidString(text):
			return fmt.Errorf("line %d: not UTF-8; save the file as UTF-8", n)
		case !ok || login == "":
			return fmt.Errorf("line %d: %q is not LOGIN=DOMAIN\\user", n, text)
		}
		if err := checkAccount(account); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		k := engine.Key(login)
		if slices.ContainsFunc(m.given[k], func(o mapped) bool { return strings.EqualFold(o.account, account) }) {
			return fmt.Errorf("line %d: %s=%s stands there twice", n, login, account)
		}
		m.given[k] = append(m.given[k], mapped{account, n})
	}
	return s.Err()
}

func checkAccount(account string) error {
	domain, user, ok := strings.Cut(account, `\`)
	switch {
	case !ok || domain == "" || user == "" || strings.Contains(user, `\`):
		return fmt.Errorf("%q is no Windows account: write DOMAIN\\user (a local one: MACHINE\\user)", account)
	case len(account) > maxAccount:
		return fmt.Errorf("%.20q… is too long for a Windows account", account)
	case strings.ContainsAny(account, forbiddenInAccount) || strings.ContainsFunc(account, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%q has a character that no Windows account has", account)
	}
	return nil
}

// accounts are the Windows users of a line.
func (m *userMap) accounts(login string) ([]string, error) {
	if given := m.given[engine.Key(login)]; len(given) > 0 {
		all := make([]string, len(given))
		for i, g := range given {
			all[i] = g.account
		}
		return all, nil
	}
	if m.usual == "" {
		return nil, nil
	}
	user, _, _ := strings.Cut(login, "@")
	account := m.usual + `\` + user
	if err := checkAccount(account); err != nil {
		return nil, fmt.Errorf("line %s: %w; name its Windows user with --map", login, err)
	}
	return []string{account}, nil
}

// stray is the first login of the file that is no line.
func (m *userMap) stray(all []shownLine) error {
	here := map[string]bool{}
	for _, l := range all {
		here[engine.Key(l.Line)] = true
	}
	var bad []string
	for login, given := range m.given {
		if !here[login] {
			bad = append(bad, fmt.Sprintf("line %d: %s is no line here", given[0].line, login))
		}
	}
	if len(bad) == 0 {
		return nil
	}
	slices.Sort(bad)
	return fmt.Errorf("%s: %s; offhook lines shows those there are", m.file, strings.Join(bad, "; "))
}

var errNobody = errors.New("no line has a Windows user: nothing to import")

// tsecimp writes the import file of tsecimp.exe: a UserList of Users, each with DomainUser, FriendlyName and a LineList of
// Lines, each with its PermanentID or Address. NoMerge takes away what a user had. It is ASCII alone, so that it reads the
// same in whichever encoding a shell stores it.
func (c *linesCmd) tsecimp(out, notes io.Writer, all []shownLine, m *userMap) error {
	if err := m.stray(all); err != nil {
		return err
	}
	type user struct {
		account string
		lines   []shownLine
	}
	users := map[string]*user{}
	for _, l := range all {
		accounts, err := m.accounts(l.Line)
		if err != nil {
			return err
		}
		if c.By == "address" && l.Extension == "" || l.Permanent == 0 {
			return fmt.Errorf("line %s is not known in full yet; wait until it is in service", l.Line)
		}
		if len(accounts) == 0 {
			fmt.Fprintf(notes, "line %s has no Windows user; only administrators of the telephony server see it\n", l.Line)
		}
		for _, a := range accounts {
			k := strings.ToLower(a)
			if users[k] == nil {
				users[k] = &user{account: a}
			}
			users[k].lines = append(users[k].lines, l)
		}
	}
	if len(users) == 0 {
		return errNobody
	}
	w := bufio.NewWriter(out)
	fmt.Fprint(w, "<?xml version=\"1.0\"?>\r\n<UserList>\r\n")
	sorted := make([]*user, 0, len(users))
	for _, u := range users {
		sorted = append(sorted, u)
	}
	slices.SortFunc(sorted, func(a, b *user) int { return cmp.Compare(strings.ToLower(a.account), strings.ToLower(b.account)) })
	for _, u := range sorted {
		slices.SortFunc(u.lines, func(a, b shownLine) int { return cmp.Compare(a.Permanent, b.Permanent) })
		attribute := ` NoMerge="1"`
		if c.Merge {
			attribute = ""
		}
		fmt.Fprintf(w, "  <User%s>\r\n    <DomainUser>%s</DomainUser>\r\n    <FriendlyName>%s</FriendlyName>\r\n    <LineList>\r\n", attribute,
			asciiXML(u.account), asciiXML(cmp.Or(u.lines[0].Name, u.account)))
		for _, l := range u.lines {
			if c.By == "address" {
				fmt.Fprintf(w, "      <Line>\r\n        <Address>%s</Address>\r\n      </Line>\r\n", asciiXML(l.Extension))
			} else {
				fmt.Fprintf(w, "      <Line>\r\n        <PermanentID>%d</PermanentID>\r\n      </Line>\r\n", l.Permanent)
			}
		}
		fmt.Fprint(w, "    </LineList>\r\n  </User>\r\n")
	}
	fmt.Fprint(w, "</UserList>\r\n")
	return w.Flush()
}

// asciiXML escapes text so that nothing but printable ASCII is left; what XML 1.0 forbids becomes "?".
func asciiXML(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r < ' ' || r == 0xfffe || r == 0xffff || r == utf8.RuneError:
			b.WriteByte('?')
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}
