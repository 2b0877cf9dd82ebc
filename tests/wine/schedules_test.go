package winetest

import (
	"flag"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
)

// schedules are random steps of users and programs during which the daemon is killed and started. Only legal messages may come, every
// function must return, and each call must end.
//
// The steps interleave in real time, so no two runs are the same. `make conformance` plays a thousand, a plain run fewer.
var schedules = flag.Int("schedules", 160, "how many schedules TestSchedules plays")

const scheduleTestbeds = 8

func TestSchedules(t *testing.T) {
	t.Parallel()
	b := sharedPrefix(t)
	runMake(t, "../../adapters/tapi/tsp", "../tapihost")
	var played atomic.Int64
	t.Run("testbeds", func(t *testing.T) {
		for n := range scheduleTestbeds {
			t.Run(fmt.Sprint(n+1), func(t *testing.T) {
				t.Parallel()
				h := openTestbed(t, pbx.DefaultOffice())
				h.args = append(h.args, "--timers", "stale-free=300ms,own-ring=10s") // the longest waits
				require.NoError(t, h.start())
				require.NoError(t, h.waitLines(6))
				report, text := b.forTest(t).runTapihost(h, "--schedules", strconv.Itoa(*schedules/scheduleTestbeds), "--seed", strconv.Itoa(n+1))
				requireNoFailure(t, report, text)
				require.Equal(t, "pass", report["R-66"].Verdict, "%s", text)
				played.Add(int64(report["R-66"].Checks))
			})
		}
	})
	t.Log(played.Load(), "judgements over the daemon's end and return")
}
