package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// stateFeatures is the table of decision TAPI-c.5 for offhook's set. DIAL is not in it: only calls without a PBX call
// behind them can be dialled on (decision B15).
func stateFeatures(s spec.CallState) spec.CallFeature {
	switch s {
	case spec.CallStateOffering:
		return spec.CallFeatureDrop | spec.CallFeatureAnswer | spec.CallFeatureRedirect
	case spec.CallStateConnected:
		return spec.CallFeatureDrop | spec.CallFeatureHold | spec.CallFeatureBlindTransfer | spec.CallFeatureSetupTransfer | spec.CallFeatureSwapHold | spec.CallFeatureCompleteTransf
	case spec.CallStateOnHold, spec.CallStateOnHoldPendTransfer:
		return spec.CallFeatureDrop | spec.CallFeatureUnhold | spec.CallFeatureSwapHold | spec.CallFeatureCompleteTransf
	case spec.CallStateIdle:
		return 0
	}
	return spec.CallFeatureDrop
}

// actionFeatures pairs what the engine allows with its LINECALLFEATURE bit (decision B11).
var actionFeatures = [...]struct {
	action  engine.Actions
	feature spec.CallFeature
}{
	{engine.ActAnswer, spec.CallFeatureAnswer},
	{engine.ActDrop, spec.CallFeatureDrop},
	{engine.ActHold, spec.CallFeatureHold},
	{engine.ActUnhold, spec.CallFeatureUnhold},
	{engine.ActBlindTransfer, spec.CallFeatureBlindTransfer},
	{engine.ActSetupTransfer, spec.CallFeatureSetupTransfer},
	{engine.ActCompleteTransfer, spec.CallFeatureCompleteTransf},
	{engine.ActRedirect, spec.CallFeatureRedirect},
	{engine.ActSwapHold, spec.CallFeatureSwapHold},
}

// FeaturesOf gives the LINECALLFEATURE bits of a set of actions.
func FeaturesOf(a engine.Actions) spec.CallFeature {
	var f spec.CallFeature
	for _, x := range actionFeatures {
		if a.Has(x.action) {
			f |= x.feature
		}
	}
	return f
}

// features is LINECALLSTATUS.dwCallFeatures: the table masked by what the user may do. A call that is over at the PBX,
// or that never was there, can be dropped without it.
func (k *callView) features() spec.CallFeature {
	switch {
	case k.tapiOnly && k.state == spec.CallStateDialTone:
		return spec.CallFeatureDrop | spec.CallFeatureDial
	case k.state == spec.CallStateIdle:
		return 0
	case k.tapiOnly, k.state == spec.CallStateDisconnected, k.view.State == engine.Disconnected, k.view.State == engine.Idle:
		return spec.CallFeatureDrop
	}
	return stateFeatures(k.state) & FeaturesOf(k.view.Actions)
}

// features2 says that COMPLETETRANSF means a plain transfer.
func features2(f spec.CallFeature) spec.CallFeature2 {
	if f&spec.CallFeatureCompleteTransf != 0 {
		return spec.CallFeature2TransferNorm
	}
	return 0
}

// addressFeatures is LINEADDRESSSTATUS.dwAddressFeatures: PICKUP only while an offer exists (decision TAPI-c.5).
func addressFeatures(v *engine.LineView) spec.AddrFeature {
	var f spec.AddrFeature
	if !v.InService {
		return 0
	}
	if v.Actions.Has(engine.ActDial) {
		f |= spec.AddrFeatureMakeCall
	}
	if pickupOffered(v) {
		f |= spec.AddrFeaturePickup | spec.AddrFeaturePickupDirect
	}
	return f
}

func pickupOffered(v *engine.LineView) bool {
	return v.Offers > 0 && v.Actions.Has(engine.ActPickup)
}
