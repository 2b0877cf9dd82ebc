// Package tsecimp writes the file that tsecimp.exe of a Windows terminal server imports: which Windows user sees which
// lines (docs/use/terminal-server.md).
//
// Accounts says which Windows users a line belongs to: by a domain in which users are called as at the PBX, by a mapping
// file, or by both. Write makes the file from lines and Accounts. The package only computes: it asks no daemon and changes
// nothing at the telephony server. A newcomer begins with Write.
package tsecimp

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"offhook/engine"
)

// Line is a line as the import file needs it.
type Line struct {
	User        string // the login name at the PBX
	Extension   string
	Name        string
	PermanentID uint32
}

// Accounts says which Windows users a line belongs to.
type Accounts struct {
	domain string // of lines that the file does not name; empty: they have no Windows user
	file   string
	mapped map[string][]mappedAccount // by the login's key
}

// mappedAccount is a Windows user that the mapping file names.
type mappedAccount struct {
	account string
	line    int // of the file
}

// Limits of a mapping file.
const (
	maxMapLines = 100_000
	maxAccount  = 256 // a domain of up to 255 and a user of up to 20 characters exist; both long do not
)

// forbiddenInAccount are the characters that account names cannot have (Windows: user accounts, NetBIOS and DNS domain names).
const forbiddenInAccount = "\"/[]:;|=,+*?<>"

// NewAccounts returns accounts by a domain: the Windows user of a line is DOMAIN\login. An empty domain gives a line a
// Windows user only if the mapping file names one.
func NewAccounts(domain string) (*Accounts, error) {
	if domain != "" {
		if err := checkAccount(domain + `\user`); err != nil {
			return nil, err
		}
	}
	return &Accounts{domain: domain, mapped: map[string][]mappedAccount{}}, nil
}

// ReadMapping reads lines of the form LOGIN=DOMAIN\user; # begins a comment. name is the file's name for errors.
func (m *Accounts) ReadMapping(name string, r io.Reader) error {
	m.file = name
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
		if slices.ContainsFunc(m.mapped[k], func(o mappedAccount) bool { return strings.EqualFold(o.account, account) }) {
			return fmt.Errorf("line %d: %s=%s is there twice", n, login, account)
		}
		m.mapped[k] = append(m.mapped[k], mappedAccount{account, n})
	}
	return s.Err()
}

// checkAccount reports what is wrong with a Windows account.
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

// of returns the Windows users of a login.
func (m *Accounts) of(login string) ([]string, error) {
	if mapped := m.mapped[engine.Key(login)]; len(mapped) > 0 {
		all := make([]string, len(mapped))
		for i, g := range mapped {
			all[i] = g.account
		}
		return all, nil
	}
	if m.domain == "" {
		return nil, nil
	}
	account := m.domain + `\` + engine.UserName(login)
	if err := checkAccount(account); err != nil {
		return nil, fmt.Errorf("line %s: %w; name its Windows user with --map", login, err)
	}
	return []string{account}, nil
}

// checkLogins reports the logins of the mapping file that no line has.
func (m *Accounts) checkLogins(all []Line) error {
	known := map[string]bool{}
	for _, l := range all {
		known[engine.Key(l.User)] = true
	}
	var bad []string
	for login, mapped := range m.mapped {
		if !known[login] {
			bad = append(bad, fmt.Sprintf("line %d: %s is no line here", mapped[0].line, login))
		}
	}
	if len(bad) == 0 {
		return nil
	}
	slices.Sort(bad)
	return fmt.Errorf("%s: %s; offhook lines shows those there are", m.file, strings.Join(bad, "; "))
}

// ErrNoUsers says that no line has a Windows user.
var ErrNoUsers = errors.New("no line has a Windows user: nothing to import")

// Options are the form of the file.
type Options struct {
	ByAddress bool // lines are named by their address, else by their permanent id
	Merge     bool // users keep the lines that they have already
}

// Write writes the import file: a UserList of Users, each with DomainUser, FriendlyName and a LineList of Lines, each with
// its PermanentID or Address; NoMerge removes the lines that a user had. The file is ASCII, so that it stays the same in
// every encoding in which a shell stores it. Lines without a Windows user are named in notes.
func Write(out, notes io.Writer, all []Line, m *Accounts, o Options) error {
	if err := m.checkLogins(all); err != nil {
		return err
	}
	type user struct {
		account string
		lines   []Line
	}
	users := map[string]*user{}
	for _, l := range all {
		accounts, err := m.of(l.User)
		if err != nil {
			return err
		}
		if o.ByAddress && l.Extension == "" || l.PermanentID == 0 {
			return fmt.Errorf("line %s is not known in full yet; wait until it is in service", l.User)
		}
		if len(accounts) == 0 {
			fmt.Fprintf(notes, "line %s has no Windows user; only administrators of the telephony server see it\n", l.User)
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
		return ErrNoUsers
	}
	w := bufio.NewWriter(out)
	fmt.Fprint(w, "<?xml version=\"1.0\"?>\r\n<UserList>\r\n")
	sorted := make([]*user, 0, len(users))
	for _, u := range users {
		sorted = append(sorted, u)
	}
	slices.SortFunc(sorted, func(a, b *user) int { return cmp.Compare(strings.ToLower(a.account), strings.ToLower(b.account)) })
	for _, u := range sorted {
		slices.SortFunc(u.lines, func(a, b Line) int { return cmp.Compare(a.PermanentID, b.PermanentID) })
		attribute := ` NoMerge="1"`
		if o.Merge {
			attribute = ""
		}
		fmt.Fprintf(w, "  <User%s>\r\n    <DomainUser>%s</DomainUser>\r\n    <FriendlyName>%s</FriendlyName>\r\n    <LineList>\r\n", attribute,
			asciiXML(u.account), asciiXML(cmp.Or(u.lines[0].Name, u.account)))
		for _, l := range u.lines {
			if o.ByAddress {
				fmt.Fprintf(w, "      <Line>\r\n        <Address>%s</Address>\r\n      </Line>\r\n", asciiXML(l.Extension))
			} else {
				fmt.Fprintf(w, "      <Line>\r\n        <PermanentID>%d</PermanentID>\r\n      </Line>\r\n", l.PermanentID)
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
