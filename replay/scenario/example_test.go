package scenario_test

import (
	"fmt"

	"offhook/replay/scenario"
)

// A scenario is steps, and under each what is expected to follow.
func ExampleParse() {
	s, err := scenario.Parse(`# The line goes out of service.
config timers.session-grace=2s
config line=41 user=ilund
drop at=10:00:00.000 code=closed

tick 10:00:02.000
----
line  41 LINE_LINEDEVSTATE DISCONNECTED|OUTOFSERVICE
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range s.Steps {
		fmt.Println(step.Line, step.Verb, step.Want)
	}
	fmt.Println(s.Settings().Timers.SessionGrace)
	// Output:
	// 2 config []
	// 4 drop []
	// 6 tick [line  41 LINE_LINEDEVSTATE DISCONNECTED|OUTOFSERVICE]
	// 2s
}
