package xmpp_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"offhook/adapters/xmpp"
)

// A splitter cuts a stream into stanzas. One that is too long is skipped, and the stream goes on.
func ExampleSplitter() {
	stream := `<presence from="ida@branch/phone"/><message><body>` + strings.Repeat("x", 200) + `</body></message><iq type="result" id="oh-1"/>`
	s := xmpp.NewSplitter(strings.NewReader(stream), xmpp.Limits{MaxBytes: 100})
	for {
		item, err := s.Next()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			fmt.Println(err)
			return
		case item.Kind == xmpp.Stanza:
			fmt.Printf("%s\n", item.Raw)
		default:
			fmt.Printf("skipped %d bytes: %s\n", item.Dropped, item.Reason)
		}
	}
	// Output:
	// <presence from="ida@branch/phone"/>
	// skipped 232 bytes: longer than 100 bytes
	// <iq type="result" id="oh-1"/>
}
