package engine

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Law 1: a change that no event carries does not exist. So the state is written where events are applied or an image is
// restored, and nowhere else but for what unjournaled lists.

// stateTypes hold the state; a write to one of their fields is a write to the state.
var stateTypes = []string{"Core", "session", "line", "LineView", "call", "body", "CallView", "branch", "request", "heldBackRing",
	"seizure", "awaitedReply", "deadline", "deadlines", "endedChannels", "endedChannel", "recentAnswers", "answer", "branchIndex"}

// noState are fields of these types that are no state.
var noState = map[string]string{
	"Core.out": "outputs of one input", "Core.cause": "of the input being handled", "Core.event": "of the event being applied",
	"Core.index": "of the event being applied", "Core.observation": "of the stanza being read", "Core.rebuilding": "whether anybody reads changes",
	"Core.Foreign": "a counter for the trace and the log", "Core.Unselected": "a counter for the trace and the log",
	"Core.compactor": "which calls are packed; nothing else can tell", "call.compacted": "a call's other form", "call.body": "a call's other form",
	"line.sharedView": "a copy of the view", "line.compactor": "which calls are packed",
}

// appliers are the files whose writing functions are called when an event is applied or an image restored, and by nothing
// else. keys.go is one so that the key procedure stands in one place.
func applier(file string) bool {
	return strings.HasPrefix(file, "apply") || file == "restore.go" || file == "keys.go"
}

// containers are files of tables; their methods write their own fields, and who calls such a method writes.
var containers = []string{"deadline.go", "ended_channels.go", "recent_answers.go", "call_pairs.go", "branches.go"}

// barriers may be called from everywhere: an event goes through the one, an image through the other.
var barriers = []string{"Core.apply", "Core.Restore"}

// forms is the file that turns calls from one form in memory into the other (TestCompactingChangesNothing).
const forms = "compact.go"

// Reasons for what no event carries.
const (
	ofInput  = "the number or the time of an input, an event or a deadline; its events carry it"
	asked    = "a question to the PBX that waits for its answer; session.down forgets it, and a start records one (sessionDown)"
	awaited  = "an answer that a request waits for; session.down and a start finish the request"
	unseen   = "a ring that was never shown ended; what is left of it goes with the session"
	onlyRead = "of a copy that nobody else has"
)

// unjournaled are the writes that no event carries, function and what it writes, each with its reason.
var unjournaled = map[string]string{
	"NewCore: Core.session": "the beginning: a bare file or scenario has its session",

	"Core.Step: Core.now":            ofInput,
	"Core.Step: Core.input":          ofInput,
	"Core.expireDeadlines: Core.now": ofInput,
	"Core.record: Core.seq":          ofInput,
	"Core.Apply: Core.now":           ofInput, "Core.Apply: Core.seq": ofInput, "Core.Apply: Core.input": ofInput,

	"Core.send: session.commandCount":        asked,
	"Core.send: Core.awaitedReplies":         asked,
	"Core.resolveReply: Core.awaitedReplies": asked,
	"Core.lookUp: Core.pendingLookups":       asked,
	"Core.nextLookup: Core.pendingLookups":   asked,
	"Core.nextLookup: session.find":          asked,
	"Core.nextLookup: deadlines.arm":         asked,
	"Core.rosterReply: Core.notInRoster":     asked,
	"Core.sendCommand: request.sent":         awaited,
	"Core.sendCommand: request.unanswered":   awaited,
	"Core.resolveReply: request.unanswered":  awaited,
	"Core.dropRefused: body.drop":            awaited,
	"Core.dropRefused: body.dropDeadline":    awaited,
	"Core.dropRefused: deadlines.arm":        awaited, "Core.dropRefused: deadlines.cancel": awaited,

	"Core.resolveHeldBack: Core.releaseHeldBack": unseen, "Core.resolveHeldBack: endedChannels.add": unseen,
	"line.currentView: LineView.Offers": onlyRead,

	"Core.lineOf: line.ownerGuessed": "lines learned from a bare file; no journal is rebuilt with such settings, an image keeps it",
}

// write is a place that writes the state.
type write struct {
	in   string // the function
	what string // Type.field, or the called function that writes
	pos  token.Position
}

func (w write) key() string { return w.in + ": " + w.what }

// lawPackage is this package, type-checked, with sources added.
type lawPackage struct {
	set   *token.FileSet
	files map[string]*ast.File // by name
	info  *types.Info
	pkg   *types.Package
}

// checkPackage type-checks the package's files with export data of what it imports.
func checkPackage(t *testing.T, added map[string]string) *lawPackage {
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", ".").Output()
	require.NoError(t, err)
	exports := map[string]string{}
	for l := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(l), "\t")
		exports[path] = file
	}
	p := &lawPackage{set: token.NewFileSet(), files: map[string]*ast.File{}}
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		p.files[name], err = parser.ParseFile(p.set, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
	}
	for name, src := range added {
		p.files[name], err = parser.ParseFile(p.set, name, "package engine\n"+src, parser.SkipObjectResolution)
		require.NoError(t, err)
	}
	p.info = &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}}
	cfg := types.Config{Importer: importer.ForCompiler(p.set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	p.pkg, err = cfg.Check("offhook/engine", p.set, slices.Collect(maps.Values(p.files)), p.info)
	require.NoError(t, err)
	return p
}

// owner is the state type that a field of it belongs to, through embedded structs; empty if the selection is no field of one.
func (p *lawPackage) owner(s *ast.SelectorExpr) string {
	sel := p.info.Selections[s]
	if sel == nil || sel.Kind() != types.FieldVal {
		return ""
	}
	at := sel.Recv()
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		at = deref(at).Underlying().(*types.Struct).Field(i).Type()
	}
	named, ok := deref(at).(*types.Named)
	if !ok || named.Obj().Pkg() != p.pkg || !slices.Contains(stateTypes, named.Obj().Name()) {
		return ""
	}
	return named.Obj().Name() + "." + s.Sel.Name
}

func deref(t types.Type) types.Type {
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		return ptr.Elem()
	}
	return t
}

// stateType says whether a value of the type, or what it points to or has as elements, is of the state.
func (p *lawPackage) stateType(t types.Type) bool {
	switch u := t.(type) {
	case *types.Pointer:
		return p.stateType(u.Elem())
	case *types.Slice:
		return p.stateType(u.Elem())
	case *types.Array:
		return p.stateType(u.Elem())
	case *types.Map:
		return p.stateType(u.Elem())
	case *types.Named:
		return u.Obj().Pkg() == p.pkg && slices.Contains(stateTypes, u.Obj().Name())
	}
	return false
}

// target is what of the state an assignment to x, or a change of what x holds, writes; empty for nothing of it.
func (p *lawPackage) target(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return p.target(x.X)
	case *ast.StarExpr:
		if inner := p.target(x.X); inner != "" {
			return inner
		}
		if named, ok := deref(p.info.TypeOf(x.X)).(*types.Named); ok && p.stateType(named) {
			return named.Obj().Name()
		}
	case *ast.SliceExpr:
		return p.target(x.X)
	case *ast.IndexExpr:
		if inner := p.target(x.X); inner != "" {
			return inner
		}
		if t := p.info.TypeOf(x.X); p.stateType(t.Underlying()) {
			return types.TypeString(t, func(*types.Package) string { return "" })
		}
	case *ast.SelectorExpr:
		if f := p.owner(x); f != "" {
			if noState[f] != "" {
				return ""
			}
			return f
		}
		if _, ok := p.info.Selections[x]; ok {
			return p.target(x.X)
		}
	}
	return ""
}

// changers are functions of the library that change what their first argument holds.
var changers = map[string][]string{
	"maps":   {"Copy", "DeleteFunc", "Insert"},
	"slices": {"Delete", "DeleteFunc", "Insert", "Replace", "Reverse", "Sort", "SortFunc", "SortStableFunc", "Compact", "CompactFunc"},
}

// changes says whether a call changes what its first argument holds.
func (p *lawPackage) changes(call *ast.CallExpr) bool {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		b, ok := p.info.Uses[f].(*types.Builtin)
		return ok && slices.Contains([]string{"delete", "clear", "copy", "append"}, b.Name())
	case *ast.SelectorExpr:
		o, ok := p.info.Uses[f.Sel].(*types.Func)
		return ok && o.Pkg() != nil && slices.Contains(changers[o.Pkg().Path()], o.Name())
	}
	return false
}

// funcName is a function's name with its receiver's type.
func funcName(f *types.Func) string {
	if r := f.Signature().Recv(); r != nil {
		if n, ok := deref(r.Type()).(*types.Named); ok {
			return n.Obj().Name() + "." + f.Name()
		}
	}
	return f.Name()
}

// inspect lists the direct writes of every function, and which functions of the package it uses.
func (p *lawPackage) inspect() (writes map[string][]write, uses map[string][]write, home map[string]string) {
	writes, uses, home = map[string][]write{}, map[string][]write{}, map[string]string{}
	for name, file := range p.files {
		for _, decl := range file.Decls {
			in := "package scope"
			if d, ok := decl.(*ast.FuncDecl); ok {
				in = funcName(p.info.Defs[d.Name].(*types.Func))
			}
			home[in] = name
			add := func(at ast.Node, what string) {
				if what != "" {
					writes[in] = append(writes[in], write{in, what, p.set.Position(at.Pos())})
				}
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					for _, x := range n.Lhs {
						add(x, p.target(x))
					}
				case *ast.IncDecStmt:
					add(n, p.target(n.X))
				case *ast.RangeStmt:
					if n.Tok == token.ASSIGN {
						add(n, p.target(n.Key))
						add(n, p.target(n.Value))
					}
				case *ast.CallExpr:
					if len(n.Args) > 0 && p.changes(n) {
						add(n, p.target(n.Args[0]))
					}
				case *ast.UnaryExpr: // a pointer to a field, unless it is to a state type, whose fields are looked at
					if n.Op == token.AND {
						if f := p.target(n.X); f != "" && !p.stateType(p.info.TypeOf(n.X)) {
							add(n, f)
						}
					}
				case *ast.Ident:
					if f, ok := p.info.Uses[n].(*types.Func); ok && f.Pkg() == p.pkg {
						uses[in] = append(uses[in], write{in, funcName(f), p.set.Position(n.Pos())})
					}
				}
				return true
			})
		}
	}
	return writes, uses, home
}

// strays are the writes outside the files that may.
func (p *lawPackage) strays() []write {
	writes, uses, home := p.inspect()
	inside := func(f string) bool { return applier(home[f]) || slices.Contains(containers, home[f]) }
	writers := map[string]bool{}
	for f := range writes {
		writers[f] = inside(f)
	}
	for grown := true; grown; {
		grown = false
		for f, us := range uses {
			if !inside(f) || writers[f] {
				continue
			}
			if slices.ContainsFunc(us, func(u write) bool { return writers[u.what] && !slices.Contains(barriers, u.what) }) {
				writers[f], grown = true, true
			}
		}
	}
	var found []write
	for f := range home {
		if inside(f) || home[f] == forms {
			continue
		}
		found = append(found, writes[f]...)
		for _, u := range uses[f] {
			if writers[u.what] && !slices.Contains(barriers, u.what) {
				found = append(found, u)
			}
		}
	}
	slices.SortFunc(found, func(a, b write) int { return strings.Compare(a.pos.String()+a.what, b.pos.String()+b.what) })
	return found
}

func TestOnlyEventsWriteTheState(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range checkPackage(t, nil).strays() {
		seen[w.key()] = true
		if unjournaled[w.key()] == "" {
			t.Errorf("%s: %s writes %s, and no event carries it: write it where an event is applied, or list it with its reason", w.pos, w.in, w.what)
		}
	}
	for key := range unjournaled {
		if !seen[key] {
			t.Errorf("%s is listed but is no longer written there", key)
		}
	}
}

// TestStrayWritesAreFound: each of these functions writes the state, but for the last one, which changes copies of it.
func TestStrayWritesAreFound(t *testing.T) {
	sources := map[string]string{
		"field of a call":         `func (c *Core) stray(k *call) { k.drop = dropNone }`,
		"field of the view":       `func (c *Core) stray(k *call) { v := &k.view; v.Stale = true }`,
		"field of a field":        `func (c *Core) stray(k *call) { k.view.Caller.Number = "" }`,
		"counter":                 `func (c *Core) stray(q *request) { q.unanswered++ }`,
		"session":                 `func (c *Core) stray() { s := &c.session; s.up = true }`,
		"whole session":           `func (c *Core) stray() { s := &c.session; *s = session{} }`,
		"whole view":              `func (c *Core) stray(k *call) { *(&k.view) = CallView{} }`,
		"map of the core":         `func (c *Core) stray() { c.retiredIDs["x"] = 1 }`,
		"map of a line":           `func (c *Core) stray(l *line) { delete(l.keysInFlight, "x") }`,
		"copy of a map":           `func (c *Core) stray(l *line) { keys := l.keysInFlight; keys["x"] = nil }`,
		"emptied":                 `func (c *Core) stray() { clear(c.awaitedReplies) }`,
		"in place":                `func (c *Core) stray(l *line) { _ = slices.DeleteFunc(l.calls, func(*call) bool { return true }) }`,
		"appended":                `func (c *Core) stray(l *line) { _ = append(l.calls[:0], nil) }`,
		"element of a copy":       `func (c *Core) stray(l *line) { calls := l.calls; calls[0] = nil }`,
		"branch of a clone":       `func (c *Core) stray(l *line) { for _, k := range slices.Clone(l.recentCalls()) { k.branches[0].ownRing = true } }`,
		"pointer to a field":      `func (c *Core) stray(k *call) { p := &k.view.Caller; p.Number = "" }`,
		"range variable":          `func (c *Core) stray() { for c.nextCall = range 7 { } }`,
		"in a closure":            `func (c *Core) stray(k *call) { f := func() { k.transferSeen = 0 }; f() }`,
		"table's method":          `func (c *Core) stray(k *call) { c.timers.cancel(k.ringDeadline) }`,
		"method as a value":       `func (c *Core) stray(k *call) { f := c.timers.arm; f(nil) }`,
		"function of apply files": `func (c *Core) stray(k *call) { c.move(k, Idle, 0) }`,
		"two steps away":          `func (c *Core) stray(l *line) { c.refreshActions(l) }`,
		"":                        `func (c *Core) stray(k *call) events.Party { v := k.view; p := v.Caller; p.Number = ""; c.out = nil; n := k.hangupChannels(); n[0] = ""; return p }`,
	}
	src, number := "import (\"slices\"; \"offhook/events\")\n", map[string]string{}
	for i, what := range slices.Sorted(maps.Keys(sources)) {
		name := "stray" + strconv.Itoa(i)
		number["Core."+name] = what
		src += strings.Replace(sources[what], " stray(", " "+name+"(", 1) + "\n"
	}
	found := map[string]bool{}
	for _, w := range checkPackage(t, map[string]string{"stray.go": src}).strays() {
		if what, ours := number[w.in]; ours {
			found[what] = true
		}
	}
	for what := range sources {
		require.Equal(t, what != "", found[what], "%q: %s", what, sources[what])
	}
}
