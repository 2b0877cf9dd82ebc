package pbx

type component struct{ name string }

func (c *component) stop()  {}
func (c *component) reset() {}
