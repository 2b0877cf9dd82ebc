package main

import (
	"fmt"
	"time"
)

// row is one line of the table.
type row struct {
	name            string
	value           float64
	unit            string  // x, %, B, ns, /s
	floor           float64 // 0: no target
	aim             float64
	smallerIsBetter bool // a smaller value is better
	detail          string
}

// mark says whether the value has reached its targets.
func (r row) mark() string {
	reached := func(goal float64) bool {
		if r.smallerIsBetter {
			return r.value <= goal
		}
		return r.value >= goal
	}
	switch {
	case r.floor == 0:
		return ""
	case reached(r.aim):
		return "aim"
	case reached(r.floor):
		return "ok"
	}
	return "below"
}

func (r row) goal(v float64) string {
	if r.floor == 0 {
		return ""
	}
	return formatNumber(v) + r.unit
}

const rowFormat = "%-62s %12s %7s %7s  %-5s  %s\n"

// printRows prints rows, with the head of the table if head is set.
func printRows(rows []row, head bool) {
	if head {
		fmt.Printf(rowFormat, "what", "measured", "floor", "aim", "mark", "detail")
	}
	for _, r := range rows {
		fmt.Printf(rowFormat, r.name, formatNumber(r.value)+r.unit, r.goal(r.floor), r.goal(r.aim), r.mark(), r.detail)
	}
}

func (b *bench) add(r row) { b.rows = append(b.rows, r) }

// formatNumber writes three digits, or all digits before the point.
func formatNumber(v float64) string {
	switch {
	case v == float64(int64(v)) || v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// formatDuration writes the time of one unit.
func formatDuration(ns float64) string {
	d := time.Duration(ns)
	switch {
	case ns < 100:
		return fmt.Sprintf("%.1fns", ns)
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%.0fns", ns)
	case d < time.Millisecond:
		return fmt.Sprintf("%.1fµs", ns/1e3)
	}
	return d.Round(10 * time.Microsecond).String()
}

// formatRate writes how many units a second has.
func formatRate(ns float64, unit string) string {
	switch v := 1e9 / ns; {
	case v >= 1e6:
		return fmt.Sprintf("%.2fM %s/s", v/1e6, unit)
	case v >= 1e4:
		return fmt.Sprintf("%.0fk %s/s", v/1e3, unit)
	default:
		return fmt.Sprintf("%.0f %s/s", v, unit)
	}
}
