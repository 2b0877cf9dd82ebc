package tapi

import "offhook/engine"

// stateFeatures is the table of decision TAPI-c.5 for offhook's set. DIAL is not in it: only calls without a PBX call
// behind them can be dialled on (decision B15).
func stateFeatures(s CallState) CallFeature {
	switch s {
	case CallStateOffering:
		return CallFeatureDrop | CallFeatureAnswer | CallFeatureRedirect
	case CallStateConnected:
		return CallFeatureDrop | CallFeatureHold | CallFeatureBlindTransfer | CallFeatureSetupTransfer | CallFeatureSwapHold | CallFeatureCompleteTransf
	case CallStateOnHold, CallStateOnHoldPendTransfer:
		return CallFeatureDrop | CallFeatureUnhold | CallFeatureSwapHold | CallFeatureCompleteTransf
	case CallStateIdle:
		return 0
	}
	return CallFeatureDrop
}

// actionFeatures pairs what the engine allows with its LINECALLFEATURE bit (decision B11).
var actionFeatures = [...]struct {
	action  engine.Actions
	feature CallFeature
}{
	{engine.ActAnswer, CallFeatureAnswer},
	{engine.ActDrop, CallFeatureDrop},
	{engine.ActHold, CallFeatureHold},
	{engine.ActUnhold, CallFeatureUnhold},
	{engine.ActBlindTransfer, CallFeatureBlindTransfer},
	{engine.ActSetupTransfer, CallFeatureSetupTransfer},
	{engine.ActCompleteTransfer, CallFeatureCompleteTransf},
	{engine.ActRedirect, CallFeatureRedirect},
	{engine.ActSwapHold, CallFeatureSwapHold},
}

// FeaturesOf gives the LINECALLFEATURE bits of a set of actions.
func FeaturesOf(a engine.Actions) CallFeature {
	var f CallFeature
	for _, x := range actionFeatures {
		if a.Has(x.action) {
			f |= x.feature
		}
	}
	return f
}

// features is LINECALLSTATUS.dwCallFeatures: the table masked by what the user may do. A call that is over at the PBX,
// or that never was there, can be dropped without it.
func (k *callView) features() CallFeature {
	switch {
	case k.tapiOnly && k.state == CallStateDialTone:
		return CallFeatureDrop | CallFeatureDial
	case k.state == CallStateIdle:
		return 0
	case k.tapiOnly, k.state == CallStateDisconnected, k.view.State == engine.Disconnected, k.view.State == engine.Idle:
		return CallFeatureDrop
	}
	return stateFeatures(k.state) & FeaturesOf(k.view.Actions)
}

// features2 says that COMPLETETRANSF means a plain transfer.
func features2(f CallFeature) CallFeature2 {
	if f&CallFeatureCompleteTransf != 0 {
		return CallFeature2TransferNorm
	}
	return 0
}

// addressFeatures is LINEADDRESSSTATUS.dwAddressFeatures: PICKUP only while an offer exists (decision TAPI-c.5).
func addressFeatures(v *engine.LineView) AddrFeature {
	var f AddrFeature
	if !v.InService {
		return 0
	}
	if v.Actions.Has(engine.ActDial) {
		f |= AddrFeatureMakeCall
	}
	if pickupOffered(v) {
		f |= AddrFeaturePickup | AddrFeaturePickupDirect
	}
	return f
}

func pickupOffered(v *engine.LineView) bool {
	return v.Offers > 0 && v.Actions.Has(engine.ActPickup)
}
