package control

import (
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// ServiceName is the name of the Windows service; its account is NT SERVICE\offhook.
const ServiceName = "offhook"

// ServiceSID returns the security identifier of a Windows service's own account, NT SERVICE\name: S-1-5-80 and the SHA-1 of
// the name in capitals and UTF-16, as five little-endian numbers ([MS-DTYP] 2.4.2.4, SERVICE; "sc showsid" prints it).
func ServiceSID(name string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(strings.ToUpper(name))) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	sum := sha1.Sum(b)
	sid := "S-1-5-80"
	for i := 0; i < len(sum); i += 4 {
		sid += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sum[i:]))
	}
	return sid
}

// PipeSecurity returns the security descriptor of the pipe, in SDDL. SYSTEM, administrators and the daemon's account (owner)
// have full access. Users logged on at this machine may read and write (0x12019b) but not make an instance of the pipe
// (0x4), so that they cannot act as the daemon. Clients over the network and services have no access; that matters for the
// Telephony service's account, since every program that opens the provider's dialog can send through it.
func PipeSecurity(owner string) string {
	return "D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;" + owner + ")(A;;0x12019b;;;IU)"
}
