package provider

import (
	"encoding/binary"
	"slices"
	"strings"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
)

// GetDevCaps is lineGetDevCaps, before or after lineOpen.
func (p *Provider) GetDevCaps(device uint32, v spec.Version, buf []byte) spec.LineErr {
	c, err := p.DevCaps(device)
	if err != spec.LineErrNone {
		return err
	}
	return c.Encode(buf, v)
}

// DevCaps is what GetDevCaps writes.
func (p *Provider) DevCaps(device uint32) (spec.LineDevCaps, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.device(device)
	if err != spec.LineErrNone {
		return spec.LineDevCaps{}, err
	}
	return projection.DevCapsOf(l, p.cfg.Source, p.cfg.Offers), spec.LineErrNone
}

// GetAddressCaps is lineGetAddressCaps for the one address, 0.
func (p *Provider) GetAddressCaps(device, address uint32, v spec.Version, buf []byte) spec.LineErr {
	c, err := p.AddressCaps(device, address)
	if err != spec.LineErrNone {
		return err
	}
	return c.Encode(buf, v)
}

// AddressCaps is what GetAddressCaps writes.
func (p *Provider) AddressCaps(device, address uint32) (spec.AddressCaps, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.device(device)
	switch {
	case err != spec.LineErrNone:
		return spec.AddressCaps{}, err
	case address != 0:
		return spec.AddressCaps{}, spec.LineErrInvalAddressID
	}
	return projection.AddressCapsOf(l, device, p.cfg.Offers), spec.LineErrNone
}

// GetExtensionID is lineGetExtensionID: no extensions (rule R-13).
func (p *Provider) GetExtensionID(device uint32, buf []byte) spec.LineErr {
	p.mu.Lock()
	_, err := p.device(device)
	p.mu.Unlock()
	if err != spec.LineErrNone {
		return err
	}
	return (&spec.ExtensionID{}).Encode(buf)
}

// SetDefaultMediaDetection is lineSetDefaultMediaDetection; 0 is legal: no program wants to own new calls.
func (p *Provider) SetDefaultMediaDetection(line uint32, media spec.MediaMode) spec.LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, _, err := p.line(line)
	switch {
	case err != spec.LineErrNone:
		return err
	case media&^spec.MediaModeInteractiveVoice != 0:
		return spec.LineErrInvalMediaMode
	}
	o.mediaModes = media
	return spec.LineErrNone
}

// ConditionalMediaDetection is lineConditionalMediaDetection: whether modes and call parameters could be served.
func (p *Provider) ConditionalMediaDetection(line uint32, media spec.MediaMode, params []byte) spec.LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, _, err := p.line(line)
	switch {
	case err != spec.LineErrNone:
		return err
	case media == 0 || media&^spec.MediaModeInteractiveVoice != 0:
		return spec.LineErrInvalMediaMode
	}
	x, err := spec.DecodeCallParams(params, o.version)
	if err != spec.LineErrNone {
		return err
	}
	return x.Check()
}

// mediaClasses are device classes of TAPI for which a line of offhook has no device.
var mediaClasses = []string{"wave/in", "wave/out", "midi/in", "midi/out", "comm", "comm/datamodem", "comm/datamodem/portname",
	"comm/extendedcaps", "mciwave", "mcivideo", "tapi/phone", "tapi/terminal", "ndis"}

// GetID is lineGetID. The line's own class gives its device id; there are no media devices (decision TAPI-e.1).
func (p *Provider) GetID(line, call, address uint32, by spec.CallSelect, class string, buf []byte) spec.LineErr {
	x, v, err := p.ID(line, call, address, by, class)
	if err != spec.LineErrNone {
		return err
	}
	return x.Encode(buf, v)
}

// ID is what GetID writes.
func (p *Provider) ID(line, call, address uint32, by spec.CallSelect, class string) (spec.VarString, spec.Version, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var o *openLine
	switch by {
	case spec.CallSelectLine, spec.CallSelectAddress:
		if o = p.lines.get(line); o == nil {
			return spec.VarString{}, 0, spec.LineErrInvalLineHandle
		}
		if by == spec.CallSelectAddress && address != 0 {
			return spec.VarString{}, 0, spec.LineErrInvalAddressID
		}
	case spec.CallSelectCall:
		c := p.calls.get(call)
		if c == nil {
			return spec.VarString{}, 0, spec.LineErrInvalCallHandle
		}
		o = c.line
	default:
		return spec.VarString{}, 0, spec.LineErrInvalCallSelect
	}
	switch class = strings.ToLower(class); {
	case class == "" || class == "tapi/line":
		return spec.VarString{Binary: binary.LittleEndian.AppendUint32(nil, o.device)}, o.version, spec.LineErrNone
	case slices.Contains(mediaClasses, class):
		return spec.VarString{}, 0, spec.LineErrNoDevice
	}
	return spec.VarString{}, 0, spec.LineErrInvalDeviceClass
}
