package scenario

import (
	"fmt"
	"strings"
	"time"

	"offhook/internal/trace"
)

// clockLayout is the form of a time of day; it means 1970-01-01.
const clockLayout = "15:04:05.000"

const oneDay = 24 * 60 * 60 * 1000

// formatTime writes a time as scenarios do: the time of day on 1970-01-01, else date and time.
func formatTime(ms int64) string {
	if ms >= 0 && ms < oneDay {
		return time.UnixMilli(ms).UTC().Format(clockLayout)
	}
	return trace.FormatTime(ms)
}

// parseTime reads what formatTime writes. Seconds may have fewer decimals.
func parseTime(s string) (int64, error) {
	if !strings.Contains(s, "T") {
		s = "1970-01-01T" + s + "Z"
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() > 9999 {
		return 0, fmt.Errorf("the time %q is neither HH:MM:SS.mmm nor RFC 3339", s)
	}
	return t.UnixMilli(), nil
}
