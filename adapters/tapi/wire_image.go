package tapi

// Bounds of images in a frame.
const (
	maxImages = 2
	maxSpans  = 32
	maxItems  = 16
)

// images walks the images of a frame: at most two, a call's status and info.
func images(c *wireCodec, list *[]Image) {
	count(c, "images", list, maxImages, 8, func(im *Image) { im.fields(c) })
}

// fields is an image as docs/wire.md describes it: four small numbers, the
// ranges that are ours, the items' pairs and lengths, then the bytes.
func (im *Image) fields(c *wireCodec) {
	fixed := uint16(len(im.Fixed))
	c.u16("image fixed size", &fixed)
	c.u8("image struct", (*uint8)(&im.Struct))
	count(c, "image own", &im.Own, maxSpans, 4, func(s *Span) {
		c.u16("own offset", &s.Off)
		c.u16("own length", &s.Len)
	})
	c.image("image fixed", &im.Fixed, int(fixed))
	count(c, "image items", &im.Items, maxItems, 6, func(it *Item) {
		c.u16("item pair", &it.Pair)
		c.block("item", &it.Bytes)
	})
	if c.err == nil {
		im.check(c)
	}
}

// image is bytes whose number is known.
func (c *wireCodec) image(member string, v *[]byte, n int) {
	if !c.decode {
		c.put(member, *v...)
	} else if b := c.take(member, n); b != nil {
		*v = append(make([]byte, 0, n), b...)
	}
}

// check proves that CopyTo of this image cannot write outside a buffer that
// has room for the fixed part, nor touch dwTotalSize.
func (im *Image) check(c *wireCodec) {
	fixed := len(im.Fixed)
	if int(im.Struct) >= len(structTable) || fixed < headerSize || fixed > largestFixed {
		c.fail("image", "unknown structure or impossible fixed size")
	}
	for _, s := range im.Own {
		if s.Off < headerSize || int(s.Off)+int(s.Len) > fixed {
			c.fail("own", "outside the fixed part")
		}
	}
	for _, it := range im.Items {
		if it.Pair < headerSize || int(it.Pair)+8 > fixed || len(it.Bytes) == 0 {
			c.fail("item", "pair outside the fixed part, or empty")
		}
	}
}
