package provider

import (
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
)

// Serve answers one request frame. The caller sends the completions in first before the reply: lineCloseCall and
// lineClose must have delivered them when they return (decision TAPI-b.4).
func (p *Provider) Serve(r *wire.Request) (first []HostMessage, reply wire.Reply) {
	reply.Function = r.Function
	switch r.Function {
	case wire.FuncLineClose:
		first, reply.Result = p.Close(r.Line)
	case wire.FuncLineCloseCall:
		first, reply.Result = p.CloseCall(r.Call)
	default:
		if r.Function.Form() == wire.FormSync {
			p.serveSync(r, &reply)
		} else {
			p.serveAsync(r, &reply)
		}
	}
	return first, reply
}

// serveAsync answers an asynchronous function. It turns "the request id or a negative code" into the frame's "0 or a negative code".
func (p *Provider) serveAsync(r *wire.Request, reply *wire.Reply) {
	var result int32
	text := r.Text.String()
	switch r.Function {
	case wire.FuncLineAnswer:
		result = p.Answer(r.RequestID, r.Call)
	case wire.FuncLineBlindTransfer:
		result = p.BlindTransfer(r.RequestID, r.Call, text)
	case wire.FuncLineCompleteTransfer:
		result = p.CompleteTransfer(r.RequestID, r.Call, r.Other, spec.TransferMode(r.Values[0]))
	case wire.FuncLineDial:
		result = p.Dial(r.RequestID, r.Call, text)
	case wire.FuncLineDrop:
		result = p.Drop(r.RequestID, r.Call)
	case wire.FuncLineHold:
		result = p.Hold(r.RequestID, r.Call)
	case wire.FuncLineUnhold:
		result = p.Unhold(r.RequestID, r.Call)
	case wire.FuncLineRedirect:
		result = p.Redirect(r.RequestID, r.Call, text)
	case wire.FuncLineSwapHold:
		result = p.SwapHold(r.RequestID, r.Call, r.Other)
	case wire.FuncLineMakeCall:
		reply.Values[0], result = p.MakeCall(r.RequestID, r.Line, &text, r.Block)
	case wire.FuncLinePickup:
		reply.Values[0], result = p.Pickup(r.RequestID, r.Line, r.Values[0], text, r.Group.String())
	case wire.FuncLineSetupTransfer:
		reply.Values[0], result = p.SetupTransfer(r.RequestID, r.Call, r.Block)
	default:
		result = int32(spec.LineErrOperationUnavail)
	}
	reply.Result = spec.LineErr(min(result, 0))
}

func (p *Provider) serveSync(r *wire.Request, reply *wire.Reply) {
	v, err := &reply.Values, &reply.Result
	switch r.Function {
	case wire.FuncLineConditionalMediaDetection:
		*err = p.ConditionalMediaDetection(r.Line, spec.MediaMode(r.Values[0]), r.Block)
	case wire.FuncLineGetAddressID:
		v[0], *err = p.GetAddressID(r.Line, spec.AddressMode(r.Values[0]), r.Text.String())
	case wire.FuncLineGetCallAddressID:
		v[0], *err = p.GetCallAddressID(r.Call)
	case wire.FuncLineGetCallIDs:
		v[0], v[1], v[2], *err = p.GetCallIDs(r.Call)
	case wire.FuncLineGetExtensionID:
		*err = p.GetExtensionID(r.DeviceID, make([]byte, spec.StructLineExtensionID.FixedSize(spec.Version13)))
	case wire.FuncLineGetNumAddressIDs:
		v[0], *err = p.GetNumAddressIDs(r.Line)
	case wire.FuncLineNegotiateTSPIVersion:
		var agreed spec.Version
		agreed, *err = p.Negotiate(r.DeviceID, spec.Version(r.Values[0]), spec.Version(r.Values[1]))
		v[0] = uint32(agreed)
	case wire.FuncLineOpen:
		v[0], *err = p.Open(r.DeviceID, spec.Version(r.Values[0]))
	case wire.FuncLineSetDefaultMediaDetection:
		*err = p.SetDefaultMediaDetection(r.Line, spec.MediaMode(r.Values[0]))
	case wire.FuncLineSetStatusMessages:
		*err = p.SetStatusMessages(r.Line, spec.LineDevState(r.Values[0]), spec.AddressState(r.Values[1]))
	case wire.FuncProviderCreateLineDevice:
		*err = p.CreateDevice(r.Values[0], r.DeviceID)
	case wire.FuncProviderEnumDevices:
		v[0], v[1] = p.EnumDevices()
	case wire.FuncProviderInit:
		if *err = p.Init(r.Values[2], r.Values[3]); *err == spec.LineErrNone {
			reply.Block = p.permanentIDs(r.Values[2], r.Values[3])
		}
	case wire.FuncProviderShutdown:
		p.Shutdown()
	default:
		p.serveImage(r, reply)
	}
}

// serveImage answers the functions that return a structure.
func (p *Provider) serveImage(r *wire.Request, reply *wire.Reply) {
	var im spec.Image
	err := &reply.Result
	switch r.Function {
	case wire.FuncLineGetDevCaps:
		var x spec.LineDevCaps
		x, *err = p.DevCaps(r.DeviceID)
		im = x.Image(spec.Version(r.Values[0]))
	case wire.FuncLineGetAddressCaps:
		var x spec.AddressCaps
		x, *err = p.AddressCaps(r.DeviceID, r.Values[0])
		im = x.Image(spec.Version(r.Values[1]))
	case wire.FuncLineGetLineDevStatus:
		var x spec.LineDevStatus
		var v spec.Version
		x, _, v, *err = p.status(r.Line)
		im = x.Image(v)
	case wire.FuncLineGetAddressStatus:
		var x spec.AddressStatus
		var v spec.Version
		if _, x, v, *err = p.status(r.Line); *err == spec.LineErrNone && r.Values[0] != 0 {
			*err = spec.LineErrInvalAddressID
		}
		im = x.Image(v)
	case wire.FuncLineGetCallStatus:
		x, v, e := p.CallStatus(r.Call)
		im, *err = x.Image(v), e
	case wire.FuncLineGetCallInfo:
		im, *err = p.infoImage(r.Call)
	case wire.FuncLineSetAppSpecific:
		if *err = p.SetAppSpecific(r.Call, r.Values[0]); *err == spec.LineErrNone {
			im, *err = p.infoImage(r.Call)
		}
	case wire.FuncLineSetMediaMode:
		if *err = p.SetMediaMode(r.Call, spec.MediaMode(r.Values[0])); *err == spec.LineErrNone {
			im, *err = p.infoImage(r.Call)
		}
	case wire.FuncLineGetID:
		x, v, e := p.ID(r.Line, r.Call, r.Values[0], spec.CallSelect(r.Values[1]), r.Text.String())
		im, *err = x.Image(v), e
	default: // lineGenerateDigits, device configuration, icons, dialogs, and what the DLL answers itself
		*err = spec.LineErrOperationUnavail
	}
	switch {
	case *err != spec.LineErrNone:
	case im.Fixed == nil:
		*err = spec.LineErrIncompatibleAPIVersion
	default:
		reply.Images = []spec.Image{im}
	}
}

func (p *Provider) infoImage(call uint32) (spec.Image, spec.LineErr) {
	x, v, err := p.CallInfo(call)
	return x.Image(v), err
}

// Body returns the message as the body of a frame: a Completion or a Notification, with the call's copies (decision A5).
func (p *Provider) Body(m *HostMessage, at wire.Position) wire.Body {
	if m.Message == projection.MessageAsyncCompletion {
		c := &wire.Completion{Position: at, RequestID: m.HostRequest, Result: m.Result, Images: p.Images(m)}
		if c.Images != nil {
			c.Call = m.HDCall
		}
		return c
	}
	n := &wire.Notification{Position: at, Bridging: m.Bridged, Message: m.Message, Line: m.HDLine, Images: p.Images(m)}
	p1, p2, p3 := m.Params()
	n.P1, n.P2, n.P3 = uint64(p1), uint64(p2), uint64(p3)
	switch {
	case m.NamesCall(), m.Message == MessageImages:
		n.Call = m.HDCall
	case m.Message == spec.MessageNewCall:
		n.P1 = uint64(m.HDCall)
	case m.Message == spec.MessageRemove:
		n.P1 = uint64(m.Device)
	case m.Message == spec.MessageCreate:
		n.P2 = uint64(m.Device)
	}
	return n
}
