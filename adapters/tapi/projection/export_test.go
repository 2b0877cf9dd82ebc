package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// Compare gives the state in which TAPI sees a call, IDLE when it has ended, and the one that the engine's view stands for;
// want is 0 when nothing is to be shown of it.
func Compare(p *Projection, v *engine.CallView) (shown, want spec.CallState) {
	l := p.lines[v.Line]
	k := l.find(v.Number)
	switch {
	case k == nil && l.isEnded(v.Number):
		return spec.CallStateIdle, 0
	case k == nil:
		return 0, 0
	}
	if want, ok := p.targetState(k, v.State); ok && spec.FitsDirection(k.view.Outbound, want) {
		return k.state, want
	}
	return k.state, 0
}
