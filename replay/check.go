package replay

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"offhook/replay/scenario"
	"offhook/replay/source"
)

// Result is the result of checking one scenario.
type Result struct {
	Path      string
	Steps     int
	Err       error  // wraps scenario.ErrInvalid, source.ErrUnreadable or ErrDifferent; nil: as expected
	Diff      string // the differences, for people; empty without any
	Rewritten bool   // the file got new expectations
}

// Check checks scenarios: files, and the *.txt files below folders, in the order of their paths. It calls done with each
// result. With rewrite the facts that followed become the expected ones, unless the second check fails; a person must read
// the difference before it is committed. The error wraps ErrNoScenario if there was no file, source.ErrUnreadable if a path
// cannot be read, ErrDifferent if other facts followed than expected, scenario.ErrInvalid if a scenario cannot be run.
func Check(o Options, paths []string, rewrite bool, done func(Result)) error {
	files, err := scenarioFiles(paths)
	if err != nil {
		return err
	}
	var worst error
	for _, f := range files {
		r := checkFile(o, f, rewrite)
		if r.Err != nil && worst == nil {
			worst = r.Err
		}
		done(r)
	}
	return worst
}

// scenarioFiles returns the files to check.
func scenarioFiles(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", source.ErrUnreadable, err)
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".txt") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", source.ErrUnreadable, err)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: no *.txt below %s", ErrNoScenario, strings.Join(paths, ", "))
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func checkFile(o Options, path string, rewrite bool) Result {
	r := Result{Path: path}
	text, err := readScenarioFile(path)
	if err != nil {
		r.Err = fmt.Errorf("%w: %w", source.ErrUnreadable, err)
		return r
	}
	s, err := scenario.Parse(text)
	if err != nil {
		r.Err = fmt.Errorf("%s: %w", path, err)
		return r
	}
	r.Steps = len(s.Steps)
	r.Diff, r.Err = CheckScenario(s, o, rewrite)
	if now := s.String(); rewrite && r.Err == nil && now != text {
		r.Rewritten = true
		r.Err = os.WriteFile(path, []byte(now), 0o644)
	}
	if r.Err != nil {
		r.Err = fmt.Errorf("%s: %w", path, r.Err)
	}
	return r
}

func readScenarioFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, scenario.MaxSize+1))
	return string(b), err
}

// CheckScenario runs a scenario twice: as written, then its events alone. If facts differ from the expected ones, diff shows
// them and err wraps ErrDifferent. With rewrite the facts that followed become the expected ones, and only the second check
// can differ.
func CheckScenario(s *scenario.Scenario, o Options, rewrite bool) (diff string, err error) {
	live, err := runScenario(s, o)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, got := range live.got {
		st := &s.Steps[i]
		if rewrite {
			st.Want = got
		} else if st.Expects() && !slices.Equal(st.Want, got) {
			fmt.Fprintf(&b, "line %d: %s\n%s", st.Line, st.Title(), scenario.Difference(st.Want, got))
		}
	}
	again, err := live.checkEventsAlone(o)
	if err != nil {
		return "", err
	}
	b.WriteString(again)
	if b.Len() > 0 {
		return b.String(), ErrDifferent
	}
	return "", nil
}

// errSettings says that Options.Open refused the settings of a scenario.
var errSettings = errors.New("its settings cannot be used")
