package deptest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// room is a folder of the tree and what its packages (tests left out) may import of the tree, besides the standard
// library. Third lists the modules from outside it may use. Pure is law 3: no I/O, no clock, no goroutine, no chance
// (pure_test.go).
type room struct {
	why   string
	may   []string
	third []string
	pure  bool
}

// law is the table. A prefix that ends in /… means a whole tree.
var law = map[string]room{
	"offhook/internal/fact":        {pure: true, why: "the one text and JSON form; for anyone"},
	"offhook/internal/trace":       {pure: true, why: "the record of one input; for anyone"},
	"offhook/events":               {why: "what happened"},
	"offhook/events/journaltest":   {why: "the suite that every journal passes", may: []string{"offhook/events"}, third: []string{"github.com/stretchr/testify"}},
	"offhook/engine":               {pure: true, why: "what is true now", may: []string{"offhook/events", "offhook/internal/fact", "offhook/internal/trace"}, third: []string{"github.com/looplab/fsm"}},
	"offhook/engine/live":          {why: "the engine's clock, goroutines and journal", may: []string{"offhook/events", "offhook/engine", "offhook/internal/trace", "offhook/internal/eventid"}},
	"offhook/adapters/xmpp":        {why: "stanzas in, stanzas out", may: []string{"offhook/events", "offhook/engine", "offhook/internal/fact", "offhook/internal/trace", "offhook/internal/eventid"}, third: []string{"gosrc.io/xmpp", "golang.org/x/text"}},
	"offhook/adapters/xmpp/pascom": {why: "the first dialect", may: []string{"offhook/events", "offhook/engine", "offhook/internal/fact", "offhook/internal/trace", "offhook/adapters/xmpp"}, third: []string{"golang.org/x/text"}},
	"offhook/adapters/nats":        {why: "the journal on JetStream; the only importer of nats", may: []string{"offhook/events", "offhook/engine", "offhook/internal/fact", "offhook/internal/trace", "offhook/internal/pack", "offhook/internal/eventid"}, third: []string{"github.com/nats-io", "github.com/gofrs/flock"}},
	"offhook/adapters/disk":        {why: "the journal in plain files", may: []string{"offhook/events", "offhook/internal/pack", "offhook/internal/eventid"}, third: []string{"github.com/gofrs/flock"}},
	"offhook/internal/pack":        {why: "how journals store events and engine images", may: []string{"offhook/events"}, third: []string{"github.com/klauspost/compress"}},
	"offhook/internal/control":     {why: "the configuration and control channel", may: []string{"offhook/internal/pipe"}, third: []string{"golang.org/x/sys"}},
	"offhook/internal/linewatch":   {why: "the frontend that prints each TAPI message as a row", may: []string{"offhook/engine", "offhook/engine/live", "offhook/adapters/tapi/projection", "offhook/internal/fact"}},
	"offhook/internal/support":     {why: "traces, the debug log and its check, for the people who help", may: []string{"offhook/engine", "offhook/engine/live", "offhook/adapters/tapi/projection", "offhook/adapters/tapi/spec", "offhook/replay/…", "offhook/internal/control", "offhook/internal/trace", "offhook/internal/wiring", "offhook/replay"}, third: []string{"golang.org/x/sys"}},
	"offhook/internal/winservice":  {why: "offhook as a Windows service", may: []string{"offhook/internal/control", "offhook/internal/eventid", "offhook/internal/exitcode", "offhook/internal/support"}, third: []string{"golang.org/x/sys"}},
	"offhook/internal/tsecimp":     {why: "the import file of terminal servers, from lines and accounts", may: []string{"offhook/engine"}},
	"offhook/internal/account":     {why: "the PBX account of the settings: its sessions, its role", may: []string{"offhook/adapters/xmpp", "offhook/engine", "offhook/engine/live", "offhook/internal/exitcode", "offhook/internal/password", "offhook/internal/place", "offhook/internal/settings", "offhook/internal/state", "offhook/internal/wiring"}},
	"offhook/internal/admin":       {why: "the verbs of the control channel", may: []string{"offhook/adapters/xmpp", "offhook/engine", "offhook/engine/live", "offhook/internal/account", "offhook/internal/control", "offhook/internal/eventid", "offhook/internal/notices", "offhook/internal/password", "offhook/internal/place", "offhook/internal/settings", "offhook/internal/support", "offhook/internal/wiring"}},
	"offhook/internal/daemon":      {why: "the running offhook: its parts, made from the settings", may: []string{"offhook/adapters/…", "offhook/engine", "offhook/engine/live", "offhook/events", "offhook/internal/…"}},
	"offhook/internal/demo":        {why: "offhook demo: a simulated office in one process", may: []string{"offhook/…"}},
	"offhook/internal/eventid":     {why: "the ids of the Windows event log; for anyone who logs"},
	"offhook/internal/exitcode":    {why: "a process's exit code in an error, for the command line and the settings"},
	"offhook/internal/atomicfile":  {why: "small files, whole or not at all; for anyone"},
	"offhook/internal/state":       {why: "the small files that survive a restart", may: []string{"offhook/adapters/xmpp", "offhook/internal/atomicfile"}},
	"offhook/internal/notices":     {why: "keeps and logs what an operator must know", may: []string{"offhook/engine", "offhook/events", "offhook/internal/eventid"}},
	"offhook/internal/pipe":        {why: "Windows named pipes as listeners", third: []string{"golang.org/x/sys"}},
	"offhook/internal/dialplan":    {why: "numbers, for every door: it knows neither TAPI nor a PBX; not pure, for barring counts by the clock"},
	"offhook/internal/changejson":  {pure: true, why: "the neutral JSON of what changed, for every way out", may: []string{"offhook/events", "offhook/engine", "offhook/internal/trace"}},
	"offhook/replay":               {why: "the same path, fed from files", may: []string{"offhook/events", "offhook/engine", "offhook/internal/changejson", "offhook/internal/fact", "offhook/internal/trace", "offhook/replay/source", "offhook/replay/scenario"}},
	"offhook/replay/source":        {why: "reads captured files as records; it must not know what a stanza means", may: []string{"offhook/internal/trace"}},
	"offhook/replay/scenario":      {pure: true, why: "the scenario form, read and written; it runs nothing", may: []string{"offhook/events", "offhook/engine", "offhook/internal/trace", "offhook/replay/source"}},
	"offhook/fixtures":             {why: "files, and the tests that need real adapters"},
	"offhook/internal/pbx":         {why: "the simulated PBX shares nothing with offhook, so that one misreading is not tested against itself", third: []string{"golang.org/x/text", "golang.org/x/crypto"}},
	"offhook/internal/bycall":      {pure: true, why: "a second dialect, for tests only", may: []string{"offhook/events", "offhook/engine"}},
	"offhook/internal/dialects":    {why: "makes the registry of dialects; alone names their packages", may: []string{"offhook/engine", "offhook/adapters/xmpp/pascom"}},
	"offhook/internal/wiring":      {why: "assembles a replay's parts for the command line and the fixtures", may: []string{"offhook/internal/dialplan", "offhook/events", "offhook/engine", "offhook/replay", "offhook/replay/source", "offhook/adapters/…", "offhook/internal/dialects", "offhook/internal/settings", "offhook/internal/fact", "offhook/internal/trace"}},
	"offhook/internal/benchtable":  {why: "the benchmark table of make bench; nats and looplab to compare with", may: []string{"offhook/…"}, third: []string{"github.com/nats-io", "github.com/looplab/fsm"}},
	"offhook/internal/doctest":     {why: "holds the documents to the tree"},
	"offhook/internal/deptest":     {why: "this"},
	"offhook/tests/wine":           {why: "tests of the Windows parts, run by Wine"},
	"offhook/internal/place":       {why: "where offhook keeps its things on this machine, and who may read them", may: []string{"offhook/internal/control"}, third: []string{"golang.org/x/sys"}},
	"offhook/internal/password":    {why: "keeps the PBX account's password; prints none", may: []string{"offhook/internal/atomicfile"}, third: []string{"golang.org/x/sys"}},
	"offhook/internal/settings":    {why: "what an administrator chooses: the struct, its schema table and their readers", may: []string{"offhook/engine", "offhook/internal/atomicfile"}, third: []string{"go.yaml.in/yaml/v3"}},
	"offhook/cmd/offhook":          {why: "the one program", may: []string{"offhook/…"}, third: []string{"github.com/alecthomas"}},

	// the rooms of TAPI
	"offhook/adapters/tapi":                   {why: "serves the provider DLL", may: []string{"offhook/events", "offhook/engine", "offhook/engine/live", "offhook/adapters/tapi/spec", "offhook/adapters/tapi/wire", "offhook/adapters/tapi/projection", "offhook/adapters/tapi/provider", "offhook/internal/control", "offhook/internal/pipe"}, third: []string{"golang.org/x/sys"}},
	"offhook/adapters/tapi/spec":              {pure: true, why: "Microsoft's contract as data; needs nothing"},
	"offhook/adapters/tapi/wire":              {pure: true, why: "frames between daemon and DLL; knows no call", may: []string{"offhook/adapters/tapi/spec"}},
	"offhook/adapters/tapi/projection":        {pure: true, why: "changes become TAPI messages", may: []string{"offhook/events", "offhook/engine", "offhook/internal/fact", "offhook/internal/dialplan", "offhook/adapters/tapi/spec"}},
	"offhook/adapters/tapi/conformance":       {pure: true, why: "judges the messages, sends none", may: []string{"offhook/engine", "offhook/adapters/tapi/spec", "offhook/adapters/tapi/projection"}},
	"offhook/adapters/tapi/provider":          {why: "TSPI for one host, without I/O; live for the refusal of a full queue", may: []string{"offhook/events", "offhook/engine", "offhook/engine/live", "offhook/internal/dialplan", "offhook/adapters/tapi/spec", "offhook/adapters/tapi/wire", "offhook/adapters/tapi/projection"}},
	"offhook/adapters/tapi/internal/tapitest": {why: "plays the engine for the tests of adapters/tapi", may: []string{"offhook/events", "offhook/engine"}},
}

type pack struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
	Module     *struct{ Path string }
}

func list(t *testing.T, args ...string) []pack {
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,Standard,Module"}, args...)...)
	cmd.Dir = "../.."
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(t, err, "%s", errs.String())
	var all []pack
	for dec := json.NewDecoder(bufio.NewReader(bytes.NewReader(out))); ; {
		var p pack
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}

func allowed(r room, imp string) bool {
	return slices.ContainsFunc(r.may, func(m string) bool {
		tree, whole := strings.CutSuffix(m, "/…")
		return imp == m || whole && strings.HasPrefix(imp, tree+"/")
	})
}

func TestImportLaw(t *testing.T) {
	std := map[string]bool{}
	for _, p := range list(t, "std") {
		std[p.ImportPath] = true
	}
	seen := map[string]bool{}
	for _, p := range list(t, "./...") {
		seen[p.ImportPath] = true
		r, known := law[p.ImportPath]
		require.True(t, known, "%s is not in the law; add it with its reason", p.ImportPath)
		require.NotEmpty(t, r.why)
		for _, imp := range p.Imports {
			switch {
			case std[imp] || imp == "C" || imp == "unsafe":
			case strings.HasPrefix(imp, "offhook/"):
				require.True(t, allowed(r, imp), "%s may not import %s", p.ImportPath, imp)
			default:
				require.True(t, slices.ContainsFunc(r.third, func(m string) bool { return strings.HasPrefix(imp, m) }),
					"%s may not import %s: not in its list of outside modules", p.ImportPath, imp)
			}
		}
	}
	for path := range law {
		require.True(t, seen[path], "%s stands in the law but is gone", path)
	}
}

// TestOnlyTheRegistryNamesDialects: the packages of dialects, those below adapters/xmpp, are imported where the registry is
// made and by tests, and nowhere else; the one for tests by tests alone.
func TestOnlyTheRegistryNamesDialects(t *testing.T) {
	const registry, tree, forTests = "offhook/internal/dialects", "offhook/adapters/xmpp/", "offhook/internal/bycall"
	named := 0
	for _, p := range list(t, "./...") {
		require.NotContains(t, p.Imports, forTests, p.ImportPath)
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, tree) {
				continue
			}
			named++
			require.True(t, p.ImportPath == registry || strings.HasPrefix(p.ImportPath, tree), "%s names the dialect %s; take it from the registry", p.ImportPath, imp)
		}
	}
	require.NotZero(t, named)
}

// TestNothingOfOursImportsTesting: test code stays out of the program. (gosrc.io/xmpp itself imports testing for its
// mock server, so the linked program cannot be free of it.)
func TestNothingOfOursImportsTesting(t *testing.T) {
	for _, p := range list(t, "./...") {
		if p.ImportPath != "offhook/events/journaltest" {
			require.NotContains(t, p.Imports, "testing", p.ImportPath)
		}
	}
	for _, p := range list(t, "./cmd/...") {
		require.NotContains(t, p.Deps, "github.com/stretchr/testify/require", p.ImportPath)
	}
}
