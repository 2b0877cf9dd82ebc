package wire

import (
	"offhook/adapters/tapi/spec"
)

// Request is one TSPI call, from the DLL. Which members a function uses, and
// for what, is in the table of functions; the others are 0. Inputs are copies
// made before the function returned (rule R-30).
type Request struct {
	Function  Function
	RequestID uint32    // DRV_REQUESTID of an asynchronous function, else 0
	Line      uint32    // HDRVLINE
	Call      uint32    // HDRVCALL
	Other     uint32    // the second HDRVCALL
	DeviceID  uint32    // line device id
	Values    [4]uint32 // further numbers in the order of the TSPI parameters
	Text      spec.Wide // destination, digits or device class
	Group     spec.Wide // group id of linePickup
	Block     []byte    // LINECALLPARAMS, user-user information or dialog bytes; nil for NULL
}

// Kind is KindRequest.
func (*Request) Kind() Kind { return KindRequest }

func (r *Request) fields(c *codec) {
	c.u16("function", (*uint16)(&r.Function))
	if _, ok := r.Function.spec(); !ok {
		c.fail("function", "unknown code")
	}
	c.u32("request id", &r.RequestID)
	c.u32("line", &r.Line)
	c.u32("call", &r.Call)
	c.u32("other call", &r.Other)
	c.u32("device id", &r.DeviceID)
	c.values(&r.Values)
	c.wide("text", &r.Text)
	c.wide("group", &r.Group)
	c.block("block", &r.Block)
}

func (c *codec) wide(member string, v *spec.Wide) {
	c.block(member, (*[]byte)(v))
	if len(*v)%2 != 0 {
		c.fail(member, "odd number of bytes")
	}
}
