package scenario

import (
	"strings"
)

// diffContext is how many equal lines are shown around what differs.
const diffContext = 3

// diffLimit bounds the work: longer texts are compared from both ends only.
const diffLimit = 2000

// Difference shows how got differs from want: lines with "-" were expected, lines with "+" came instead. It is empty
// when they are the same.
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
	sign byte // ' ', '-', '+'
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

// align finds a longest common subsequence between the equal beginnings and ends.
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

// commonLengths is the table of lengths of common subsequences of the rests.
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
