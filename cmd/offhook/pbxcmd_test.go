package main

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPbxControl acts on a simulated PBX from outside, in an office of 500.
func TestPbxControl(t *testing.T) {
	t.Parallel()
	p := begin(t, nil, "pbx", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--script", "testdata/large.pbx")
	address := p.prints(`control at (127\.0\.0\.1:\d+)\n`)
	p.prints(`(500) users`)
	conn, err := net.DialTimeout("tcp", address, patience)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	in := bufio.NewReader(conn)
	for _, line := range []string{"load 500", "all answer", "hangup 2007"} {
		fmt.Fprintln(conn, line)
		require.Equal(t, "ok\n\n", twoLines(t, in), line)
	}
	fmt.Fprintln(conn, "hangup 2007")
	require.Equal(t, "error pbx: no such call: \"2007\" has no call that is present\n\n", twoLines(t, in))
	require.Zero(t, p.end(syscall.SIGTERM), p.errs.String())

	for _, address := range []string{"0.0.0.0:0", "nonsense"} {
		code, _, errs := callApart(t, "pbx", "--listen", "127.0.0.1:0", "--control", address)
		require.Equal(t, 2, code)
		require.Contains(t, errs, "--control="+address)
	}
}

func twoLines(t *testing.T, in *bufio.Reader) string {
	a, err := in.ReadString('\n')
	require.NoError(t, err)
	b, err := in.ReadString('\n')
	require.NoError(t, err)
	return a + b
}

// prints waits for what the expression's group matches in the output.
func (p *process) prints(expression string) string {
	p.t.Helper()
	x := regexp.MustCompile(expression)
	var found []string
	require.Eventually(p.t, func() bool {
		found = x.FindStringSubmatch(p.out.String())
		return found != nil
	}, patience, 5*time.Millisecond, "no %s in\n%s\n%s", expression, &p.out, &p.errs)
	return found[1]
}
