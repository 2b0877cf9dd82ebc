package tapi

import (
	"encoding/binary"
	"slices"
	"strings"
)

// GetDevCaps is lineGetDevCaps, before or after lineOpen.
func (p *Provider) GetDevCaps(device uint32, v Version, buf []byte) LineErr {
	c, err := p.DevCaps(device)
	if err != LineErrNone {
		return err
	}
	return c.Encode(buf, v)
}

// DevCaps is what GetDevCaps writes.
func (p *Provider) DevCaps(device uint32) (LineDevCaps, LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.device(device)
	if err != LineErrNone {
		return LineDevCaps{}, err
	}
	return DevCapsOf(l, p.cfg.Source, p.cfg.Offers), LineErrNone
}

// GetAddressCaps is lineGetAddressCaps for the one address, 0.
func (p *Provider) GetAddressCaps(device, address uint32, v Version, buf []byte) LineErr {
	c, err := p.AddressCaps(device, address)
	if err != LineErrNone {
		return err
	}
	return c.Encode(buf, v)
}

// AddressCaps is what GetAddressCaps writes.
func (p *Provider) AddressCaps(device, address uint32) (AddressCaps, LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.device(device)
	switch {
	case err != LineErrNone:
		return AddressCaps{}, err
	case address != 0:
		return AddressCaps{}, LineErrInvalAddressID
	}
	return AddressCapsOf(l, device, p.cfg.Offers), LineErrNone
}

// GetExtensionID is lineGetExtensionID: no extensions (rule R-13).
func (p *Provider) GetExtensionID(device uint32, buf []byte) LineErr {
	p.mu.Lock()
	_, err := p.device(device)
	p.mu.Unlock()
	if err != LineErrNone {
		return err
	}
	return (&ExtensionID{}).Encode(buf)
}

// SetDefaultMediaDetection is lineSetDefaultMediaDetection; 0 is legal: nobody wants to own new calls.
func (p *Provider) SetDefaultMediaDetection(line uint32, media MediaMode) LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, _, err := p.line(line)
	switch {
	case err != LineErrNone:
		return err
	case media&^MediaModeInteractiveVoice != 0:
		return LineErrInvalMediaMode
	}
	o.media = media
	return LineErrNone
}

// ConditionalMediaDetection is lineConditionalMediaDetection: whether modes and call parameters could be served.
func (p *Provider) ConditionalMediaDetection(line uint32, media MediaMode, params []byte) LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, _, err := p.line(line)
	switch {
	case err != LineErrNone:
		return err
	case media == 0 || media&^MediaModeInteractiveVoice != 0:
		return LineErrInvalMediaMode
	}
	x, err := DecodeCallParams(params, o.version)
	if err != LineErrNone {
		return err
	}
	return x.Check()
}

// mediaClasses are device classes that exist in TAPI, of which a line of offhook has no device.
var mediaClasses = []string{"wave/in", "wave/out", "midi/in", "midi/out", "comm", "comm/datamodem", "comm/datamodem/portname",
	"comm/extendedcaps", "mciwave", "mcivideo", "tapi/phone", "tapi/terminal", "ndis"}

// GetID is lineGetID. The line's own class gives its device id; there are no media devices (decision TAPI-e.1).
func (p *Provider) GetID(line, call, address uint32, by CallSelect, class string, buf []byte) LineErr {
	x, v, err := p.ID(line, call, address, by, class)
	if err != LineErrNone {
		return err
	}
	return x.Encode(buf, v)
}

// ID is what GetID writes.
func (p *Provider) ID(line, call, address uint32, by CallSelect, class string) (VarString, Version, LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var o *openLine
	switch by {
	case CallSelectLine, CallSelectAddress:
		if o = p.lines.get(line); o == nil {
			return VarString{}, 0, LineErrInvalLineHandle
		}
		if by == CallSelectAddress && address != 0 {
			return VarString{}, 0, LineErrInvalAddressID
		}
	case CallSelectCall:
		c := p.calls.get(call)
		if c == nil {
			return VarString{}, 0, LineErrInvalCallHandle
		}
		o = c.line
	default:
		return VarString{}, 0, LineErrInvalCallSelect
	}
	switch class = strings.ToLower(class); {
	case class == "" || class == "tapi/line":
		return VarString{Binary: binary.LittleEndian.AppendUint32(nil, o.device)}, o.version, LineErrNone
	case slices.Contains(mediaClasses, class):
		return VarString{}, 0, LineErrNoDevice
	}
	return VarString{}, 0, LineErrInvalDeviceClass
}
