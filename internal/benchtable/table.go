package main

import (
	"fmt"
	"time"
)

// row is one line of the table.
type row struct {
	name   string
	value  float64
	unit   string  // x, %, B, ns, /s
	floor  float64 // 0: no target
	aim    float64
	less   bool // a smaller value is better
	detail string
}

// mark says how the value stands to its target.
func (r row) mark() string {
	reached := func(goal float64) bool {
		if r.less {
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
	return number(v) + r.unit
}

const form = "%-62s %12s %7s %7s  %-5s  %s\n"

// show prints rows; the first group has the head above it.
func show(rows []row, head bool) {
	if head {
		fmt.Printf(form, "what", "measured", "floor", "aim", "mark", "detail")
	}
	for _, r := range rows {
		fmt.Printf(form, r.name, number(r.value)+r.unit, r.goal(r.floor), r.goal(r.aim), r.mark(), r.detail)
	}
}

func (b *bench) add(r row) { b.rows = append(b.rows, r) }

// number shows three digits or all that stand before the point.
func number(v float64) string {
	switch {
	case v == float64(int64(v)) || v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// each is the time of one unit in words.
func each(ns float64) string {
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

// rate is how many of a unit there are in a second.
func rate(ns float64, unit string) string {
	switch v := 1e9 / ns; {
	case v >= 1e6:
		return fmt.Sprintf("%.2fM %s/s", v/1e6, unit)
	case v >= 1e4:
		return fmt.Sprintf("%.0fk %s/s", v/1e3, unit)
	default:
		return fmt.Sprintf("%.0f %s/s", v, unit)
	}
}
