package scenario

import (
	"strings"
)

// diffContext is how many equal lines are shown around a difference.
const diffContext = 3

// diffLimit bounds the work: of longer texts only the equal beginning and the equal end are matched.
const diffLimit = 2000

// Difference returns how got differs from want: lines with "-" were expected, lines with "+" came instead. It is empty if
// both are the same.
func Difference(want, got []string) string {
	ops := align(want, got)
	var b strings.Builder
	last := -1
	for i, o := range ops {
		if !isNearDifference(ops, i) {
			continue
		}
		if last >= 0 && i != last+1 {
			b.WriteString("    …\n")
		}
		last = i
		b.WriteString("  " + string(o.sign) + " " + o.text + "\n")
	}
	return b.String()
}

type diffLine struct {
	sign byte // ' ' equal, '-' expected only, '+' came only
	text string
}

func isNearDifference(ops []diffLine, i int) bool {
	for j := max(0, i-diffContext); j <= min(len(ops)-1, i+diffContext); j++ {
		if ops[j].sign != ' ' {
			return true
		}
	}
	return false
}

// align matches the lines: the equal beginning, the equal end, and a longest common subsequence between them.
func align(want, got []string) []diffLine {
	var ops []diffLine
	for len(want) > 0 && len(got) > 0 && want[0] == got[0] {
		ops = append(ops, diffLine{' ', want[0]})
		want, got = want[1:], got[1:]
	}
	n := 0
	for n < len(want) && n < len(got) && want[len(want)-1-n] == got[len(got)-1-n] {
		n++
	}
	end := want[len(want)-n:]
	ops = append(ops, diffMiddle(want[:len(want)-n], got[:len(got)-n])...)
	for _, s := range end {
		ops = append(ops, diffLine{' ', s})
	}
	return ops
}

func diffMiddle(want, got []string) []diffLine {
	var ops []diffLine
	i, j := 0, 0
	if len(want) <= diffLimit && len(got) <= diffLimit {
		best := commonLengths(want, got)
		for i < len(want) && j < len(got) {
			switch {
			case want[i] == got[j]:
				ops = append(ops, diffLine{' ', want[i]})
				i++
				j++
			case best[i+1][j] >= best[i][j+1]:
				ops = append(ops, diffLine{'-', want[i]})
				i++
			default:
				ops = append(ops, diffLine{'+', got[j]})
				j++
			}
		}
	}
	for ; i < len(want); i++ {
		ops = append(ops, diffLine{'-', want[i]})
	}
	for ; j < len(got); j++ {
		ops = append(ops, diffLine{'+', got[j]})
	}
	return ops
}

// commonLengths returns a table: entry i, j is the length of the longest common subsequence of a[i:] and b[j:].
func commonLengths(a, b []string) [][]int32 {
	t := make([][]int32, len(a)+1)
	for i := range t {
		t[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	return t
}
