package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// stateFeatures returns the call features of a state by the table of decision TAPI-c.5. DIAL is not among them: it is
// possible only on calls that the PBX does not know (decision B15).
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

// actionFeatures pairs the engine's actions with their LINECALLFEATURE bits (decision B11).
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

// FeaturesOf returns the LINECALLFEATURE bits of a set of actions.
func FeaturesOf(a engine.Actions) spec.CallFeature {
	var f spec.CallFeature
	for _, x := range actionFeatures {
		if a.Has(x.action) {
			f |= x.feature
		}
	}
	return f
}

// features returns LINECALLSTATUS.dwCallFeatures: stateFeatures masked by the call's actions. A call that has ended at the
// PBX, or that the PBX never had, can be dropped without the PBX.
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

// features2 returns LINECALLSTATUS.dwCallFeatures2: COMPLETETRANSF means a plain transfer.
func features2(f spec.CallFeature) spec.CallFeature2 {
	if f&spec.CallFeatureCompleteTransf != 0 {
		return spec.CallFeature2TransferNorm
	}
	return 0
}

// addressFeatures returns LINEADDRESSSTATUS.dwAddressFeatures: PICKUP only while a call can be picked up (decision TAPI-c.5).
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
