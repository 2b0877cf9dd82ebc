// Package settings holds what an administrator chooses: the struct that the daemon reads, the one table that describes
// each setting, and the readers that fill the struct from it.
//
// Settings is a plain struct. Schema is the table: one row a setting, with its key, kind, default and text; the settings
// of dialects come from the registry of dialects. The key is the one spelling: the flag is --key, the variable OFFHOOK_KEY,
// the key of the settings file key, the name of offhook config key, and where a replay takes it, a scenario's config line
// says key=value. Schema.Load reads flags, variables and the settings file; Schema.FromReplay reads a scenario's or a
// trace's settings. Old spellings of a row are still read everywhere and reported. A newcomer begins with Settings, then
// with the table in rows.go.
//
// Nothing here connects or listens; what the settings are for is made from them elsewhere.
package settings

import "time"

// Settings are the settings of one daemon. Each field has a row in the schema, which says what it means and its default.
type Settings struct {
	// The PBX, as whom, and for whom.
	User         string
	PasswordFile string
	Host         string
	Port         int
	Domain       string
	CA           string
	Pin          []string
	Users        []string
	Line         []string
	CommandTo    string
	Dialect      string            // its name
	DialectValue map[string]string // settings of dialects, by key; what is missing is at its default
	Timers       map[string]time.Duration
	Experimental []string

	// The journal.
	DataDir     string
	JournalKind string
	JournalName string
	NATS        string
	NATSListen  string
	NATSAuth    string
	NATSCreds   string
	NATSCA      string
	NATSCert    string
	NATSKey     string
	Sync        string
	Keep        time.Duration
	KeepBytes   int64

	// What TAPI programs see.
	TAPIListen   string
	TAPIGrant    []string
	LineTable    string
	TAPIVersion  string
	TAPIRingback string

	// Numbers as they are shown and dialled.
	NumbersPresent         string
	NumbersCountry         string
	NumbersExtensionDigits int
	NumbersRewrite         []string
	DialAreacode           string
	DialRewrite            []string
	DialDeny               []string
	DialLimit              int
	DialEmergency          []string

	// Help for support.
	LogLevel  string
	LogFormat string
	Control   string
	Trace     string
	DebugLog  string
	Watch     bool
}
