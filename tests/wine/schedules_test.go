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

// Schedules are random steps of people and programs within which the daemon is killed and comes back. Whatever happens, the host
// hears legal messages only, no function hangs, and each call ends.
//
// They interleave in real time, so no two runs are the same: `make conformance` plays a thousand, a plain run fewer.
var schedules = flag.Int("schedules", 160, "how many schedules TestSchedules plays")

const scheduleHouses = 8

func TestSchedules(t *testing.T) {
	t.Parallel()
	b := commonBottle(t)
	made(t, "../../adapters/tapi/tsp", "../tapihost")
	var played atomic.Int64
	t.Run("houses", func(t *testing.T) {
		for n := range scheduleHouses {
			t.Run(fmt.Sprint(n+1), func(t *testing.T) {
				t.Parallel()
				h := openHouse(t, pbx.DefaultOffice())
				h.args = append(h.args, "--timers", "stale-free=300ms,own-ring=10s") // what would be waited for most
				require.NoError(t, h.start())
				require.NoError(t, h.lines(6))
				report, text := b.of(t).host(h, "--schedules", strconv.Itoa(*schedules/scheduleHouses), "--seed", strconv.Itoa(n+1))
				none(t, report, text)
				require.Equal(t, "pass", report["R-66"].Verdict, "%s", text)
				played.Add(int64(report["R-66"].Checks))
			})
		}
	})
	t.Log(played.Load(), "judgements over the daemon's end and return")
}
