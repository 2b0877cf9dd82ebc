package wire

import (
	"offhook/adapters/tapi/spec"
)

// Bounds of images in a frame.
const (
	maxImages = 2
	maxSpans  = 32
	maxItems  = 16
)

// images walks the images of a frame: at most two, a call's status and info.
func images(c *codec, list *[]spec.Image) {
	elements(c, "images", list, maxImages, 8, func(im *spec.Image) { imageFields(c, im) })
}

// imageFields is an image as docs/integrate/wire.md describes it: four small numbers, the
// ranges that are ours, the items' pairs and lengths, then the bytes.
func imageFields(c *codec, im *spec.Image) {
	fixed := uint16(len(im.Fixed))
	c.u16("image fixed size", &fixed)
	c.u8("image struct", (*uint8)(&im.Struct))
	elements(c, "image own", &im.Own, maxSpans, 4, func(s *spec.Span) {
		c.u16("own offset", &s.Off)
		c.u16("own length", &s.Len)
	})
	c.image("image fixed", &im.Fixed, int(fixed))
	elements(c, "image items", &im.Items, maxItems, 6, func(it *spec.Item) {
		c.u16("item pair", &it.Pair)
		c.block("item", &it.Bytes)
	})
	if c.err != nil {
		return
	}
	if err := im.Check(); err != nil {
		c.fail("image", err.Error())
	}
}

// image is bytes whose number is known.
func (c *codec) image(member string, v *[]byte, n int) {
	if !c.decode {
		c.append(member, *v...)
	} else if b := c.next(member, n); b != nil {
		*v = append(make([]byte, 0, n), b...)
	}
}
