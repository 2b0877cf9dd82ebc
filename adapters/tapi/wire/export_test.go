package wire

// For linetable_test.go, which stands outside of the package because the tables are made by provider.
var (
	HexLines      = hexLines
	Unhex         = unhex
	CompareGolden = compareGolden
	TableStructs  = tableStructs
)

const (
	TableHeader = tableHeader
	TableLines  = tableLines
)

// Members calls note for every member of the lines, in order.
func Members(t *LineTable, note func(name string, b []byte)) error {
	var c codec
	c.onMember = func(name string, from, to int) { note(name, c.buf[from:to]) }
	t.fields(&c, len(t.Lines))
	return c.err
}
