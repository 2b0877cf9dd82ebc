package tapi

// Serve answers one request frame. first are completions to be sent before the reply: those that lineCloseCall and
// lineClose must have delivered when they return (decision TAPI-b.4).
func (p *Provider) Serve(r *Request) (first []HostMessage, reply Reply) {
	reply.Function = r.Function
	switch r.Function {
	case FuncLineClose:
		first, reply.Result = p.Close(r.Line)
	case FuncLineCloseCall:
		first, reply.Result = p.CloseCall(r.Call)
	default:
		if r.Function.Form() == FormSync {
			p.serveSync(r, &reply)
		} else {
			p.serveAsync(r, &reply)
		}
	}
	return first, reply
}

// serveAsync turns "the request id or a negative code" into the frame's "0 or a negative code".
func (p *Provider) serveAsync(r *Request, reply *Reply) {
	var result int32
	text := r.Text.String()
	switch r.Function {
	case FuncLineAnswer:
		result = p.Answer(r.RequestID, r.Call)
	case FuncLineBlindTransfer:
		result = p.BlindTransfer(r.RequestID, r.Call, text)
	case FuncLineCompleteTransfer:
		result = p.CompleteTransfer(r.RequestID, r.Call, r.Other, TransferMode(r.Values[0]))
	case FuncLineDial:
		result = p.Dial(r.RequestID, r.Call, text)
	case FuncLineDrop:
		result = p.Drop(r.RequestID, r.Call)
	case FuncLineHold:
		result = p.Hold(r.RequestID, r.Call)
	case FuncLineUnhold:
		result = p.Unhold(r.RequestID, r.Call)
	case FuncLineRedirect:
		result = p.Redirect(r.RequestID, r.Call, text)
	case FuncLineSwapHold:
		result = p.SwapHold(r.RequestID, r.Call, r.Other)
	case FuncLineMakeCall:
		reply.Values[0], result = p.MakeCall(r.RequestID, r.Line, &text, r.Block)
	case FuncLinePickup:
		reply.Values[0], result = p.Pickup(r.RequestID, r.Line, r.Values[0], text, r.Group.String())
	case FuncLineSetupTransfer:
		reply.Values[0], result = p.SetupTransfer(r.RequestID, r.Call, r.Block)
	default:
		result = int32(LineErrOperationUnavail)
	}
	reply.Result = LineErr(min(result, 0))
}

func (p *Provider) serveSync(r *Request, reply *Reply) {
	v, err := &reply.Values, &reply.Result
	switch r.Function {
	case FuncLineConditionalMediaDetection:
		*err = p.ConditionalMediaDetection(r.Line, MediaMode(r.Values[0]), r.Block)
	case FuncLineGetAddressID:
		v[0], *err = p.GetAddressID(r.Line, AddressMode(r.Values[0]), r.Text.String())
	case FuncLineGetCallAddressID:
		v[0], *err = p.GetCallAddressID(r.Call)
	case FuncLineGetCallIDs:
		v[0], v[1], v[2], *err = p.GetCallIDs(r.Call)
	case FuncLineGetExtensionID:
		*err = p.GetExtensionID(r.DeviceID, make([]byte, StructLineExtensionID.FixedSize(Version13)))
	case FuncLineGetNumAddressIDs:
		v[0], *err = p.GetNumAddressIDs(r.Line)
	case FuncLineNegotiateTSPIVersion:
		var agreed Version
		agreed, *err = p.Negotiate(r.DeviceID, Version(r.Values[0]), Version(r.Values[1]))
		v[0] = uint32(agreed)
	case FuncLineOpen:
		v[0], *err = p.Open(r.DeviceID, Version(r.Values[0]))
	case FuncLineSetDefaultMediaDetection:
		*err = p.SetDefaultMediaDetection(r.Line, MediaMode(r.Values[0]))
	case FuncLineSetStatusMessages:
		*err = p.SetStatusMessages(r.Line, LineDevState(r.Values[0]), AddressState(r.Values[1]))
	case FuncProviderCreateLineDevice:
		*err = p.CreateDevice(r.Values[0], r.DeviceID)
	case FuncProviderEnumDevices:
		v[0], v[1] = p.EnumDevices()
	case FuncProviderInit:
		if *err = p.Init(r.Values[2], r.Values[3]); *err == LineErrNone {
			reply.Block = p.permanents(r.Values[2], r.Values[3])
		}
	case FuncProviderShutdown:
		p.Shutdown()
	default:
		p.serveImage(r, reply)
	}
}

// serveImage answers the functions that give a structure.
func (p *Provider) serveImage(r *Request, reply *Reply) {
	var im Image
	err := &reply.Result
	switch r.Function {
	case FuncLineGetDevCaps:
		var x LineDevCaps
		x, *err = p.DevCaps(r.DeviceID)
		im = x.Image(Version(r.Values[0]))
	case FuncLineGetAddressCaps:
		var x AddressCaps
		x, *err = p.AddressCaps(r.DeviceID, r.Values[0])
		im = x.Image(Version(r.Values[1]))
	case FuncLineGetLineDevStatus:
		var x LineDevStatus
		var v Version
		x, _, v, *err = p.status(r.Line)
		im = x.Image(v)
	case FuncLineGetAddressStatus:
		var x AddressStatus
		var v Version
		if _, x, v, *err = p.status(r.Line); *err == LineErrNone && r.Values[0] != 0 {
			*err = LineErrInvalAddressID
		}
		im = x.Image(v)
	case FuncLineGetCallStatus:
		x, v, e := p.CallStatus(r.Call)
		im, *err = x.Image(v), e
	case FuncLineGetCallInfo:
		im, *err = p.infoImage(r.Call)
	case FuncLineSetAppSpecific:
		if *err = p.SetAppSpecific(r.Call, r.Values[0]); *err == LineErrNone {
			im, *err = p.infoImage(r.Call)
		}
	case FuncLineSetMediaMode:
		if *err = p.SetMediaMode(r.Call, MediaMode(r.Values[0])); *err == LineErrNone {
			im, *err = p.infoImage(r.Call)
		}
	case FuncLineGetID:
		x, v, e := p.ID(r.Line, r.Call, r.Values[0], CallSelect(r.Values[1]), r.Text.String())
		im, *err = x.Image(v), e
	default: // lineGenerateDigits, device configuration, icons, dialogs, and what the DLL answers itself
		*err = LineErrOperationUnavail
	}
	switch {
	case *err != LineErrNone:
	case im.Fixed == nil:
		*err = LineErrIncompatibleAPIVersion
	default:
		reply.Images = []Image{im}
	}
}

func (p *Provider) infoImage(call uint32) (Image, LineErr) {
	x, v, err := p.CallInfo(call)
	return x.Image(v), err
}

// Body is the message as a frame: a Completion or a Notification, with the call's copies (decision A5).
func (p *Provider) Body(m *HostMessage, at Position) Body {
	if m.Message == MessageAsyncCompletion {
		c := &Completion{Position: at, RequestID: m.HostRequest, Result: m.Result, Images: p.Images(m)}
		if c.Images != nil {
			c.Call = m.HDCall
		}
		return c
	}
	n := &Notification{Position: at, Bridging: m.Bridged, Message: m.Message, Line: m.HDLine, Images: p.Images(m)}
	p1, p2, p3 := m.Params()
	n.P1, n.P2, n.P3 = uint64(p1), uint64(p2), uint64(p3)
	switch {
	case m.About(), m.Message == MessageImages:
		n.Call = m.HDCall
	case m.Message == MessageNewCall:
		n.P1 = uint64(m.HDCall)
	case m.Message == MessageRemove:
		n.P1 = uint64(m.Device)
	case m.Message == MessageCreate:
		n.P2 = uint64(m.Device)
	}
	return n
}
