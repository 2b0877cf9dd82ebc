package tapi

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// tcpPrefix marks an Address that is a TCP port of the loopback interface.
const tcpPrefix = "tcp:"

// errLoopback refuses a TCP address others can reach: frames carry no password, the listener's place is what guards them.
var errLoopback = errors.New("only a loopback address such as tcp:127.0.0.1:0 is taken")

// CheckAddress reports an Address that Run would refuse whatever the machine's state: a TCP address that is not
// HOST:PORT with a numeric loopback HOST.
func CheckAddress(address string) error {
	rest, ok := strings.CutPrefix(address, tcpPrefix)
	if !ok {
		return nil
	}
	if a, err := netip.ParseAddrPort(rest); err != nil || !a.Addr().IsLoopback() {
		return fmt.Errorf("tapi: %w: %s: %w", ErrAddress, address, errLoopback)
	}
	return nil
}

// listen opens what address names: a TCP port for tests, or the system's own kind.
func listen(address string, a access) (net.Listener, error) {
	rest, ok := strings.CutPrefix(address, tcpPrefix)
	if !ok {
		return listenLocal(address, a)
	}
	if err := CheckAddress(address); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", rest)
	if err != nil {
		return nil, inUseError(address, err)
	}
	return l, nil
}
