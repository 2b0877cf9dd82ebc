package scenario

import (
	"fmt"
	"strings"
	"time"

	"offhook/internal/trace"
)

// clockLayout is a time of day; scenarios take place on 1970-01-01 unless they say otherwise.
const clockLayout = "15:04:05.000"

const oneDay = 24 * 60 * 60 * 1000

// formatTime writes a moment the way a scenario does: the time of day on the first day, else the whole.
func formatTime(ms int64) string {
	if ms >= 0 && ms < oneDay {
		return time.UnixMilli(ms).UTC().Format(clockLayout)
	}
	return trace.FormatTime(ms)
}

// parseTime reads what formatTime writes; seconds may have fewer decimals.
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
