package support

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// systemName returns version and build of Windows, without the influence of compatibility settings.
func systemName() string {
	v := windows.RtlGetVersion()
	kind := "server"
	if v.ProductType == 1 { // VER_NT_WORKSTATION
		kind = "workstation"
	}
	return fmt.Sprintf("Windows %d.%d build %d, %s", v.MajorVersion, v.MinorVersion, v.BuildNumber, kind)
}
