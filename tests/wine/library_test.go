package winetest

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	channel "offhook/internal/control"
)

// libraries are the DLLs that users get. The test builds must differ from them, or the tests below would show nothing.
var libraries = []string{"x64/offhook.tsp", "x86/offhook.tsp", "x64/debug/offhook.tsp", "x86/debug/offhook.tsp",
	"x64/offhookui.dll", "x86/offhookui.dll", "x64/debug/offhookui.dll", "x86/debug/offhookui.dll"}

// library is a DLL file.
type library struct {
	*pe.File
	bytes           []byte
	characteristics uint16
	oldestWindows   [2]uint16 // the oldest Windows version in the header
	directories     []pe.DataDirectory
}

func openLibrary(t *testing.T, name string) *library {
	t.Helper()
	path := filepath.Join("../../bin/windows", name)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	f, err := pe.NewFile(bytes.NewReader(content))
	require.NoError(t, err)
	l := &library{File: f, bytes: content}
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader64:
		l.characteristics, l.directories, l.oldestWindows = h.DllCharacteristics, h.DataDirectory[:], [2]uint16{h.MajorSubsystemVersion, h.MinorSubsystemVersion}
	case *pe.OptionalHeader32:
		l.characteristics, l.directories, l.oldestWindows = h.DllCharacteristics, h.DataDirectory[:], [2]uint16{h.MajorSubsystemVersion, h.MinorSubsystemVersion}
	}
	return l
}

func buildLibraries(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"x86_64-w64-mingw32-gcc", "i686-w64-mingw32-gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("LEFT OUT: no %s on this machine; run: make mingw", tool)
		}
	}
	runMake(t, "../../adapters/tapi/tsp", "../../adapters/tapi/tsp/ui")
}

// dataAt gives the data at an address relative to the image.
func (l *library) dataAt(t *testing.T, rva uint32) []byte {
	t.Helper()
	for _, s := range l.Sections {
		if rva >= s.VirtualAddress && rva < s.VirtualAddress+s.Size {
			content, err := s.Data()
			require.NoError(t, err)
			return content[rva-s.VirtualAddress:]
		}
	}
	require.Fail(t, "no section", "%#x", rva)
	return nil
}

// exports gives the names in the export table (PE format, "The .edata section").
func (l *library) exports(t *testing.T) (names []string) {
	t.Helper()
	table := l.dataAt(t, l.directories[pe.IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress)
	pointers := l.dataAt(t, binary.LittleEndian.Uint32(table[32:]))
	for i := range binary.LittleEndian.Uint32(table[24:]) {
		name, _, _ := bytes.Cut(l.dataAt(t, binary.LittleEndian.Uint32(pointers[4*i:])), []byte{0})
		names = append(names, string(name))
	}
	return names
}

// utf16Bytes gives a text in UTF-16LE.
func utf16Bytes(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// fileWords gives the words of each line of a file, without comments.
func fileWords(t *testing.T, file string) (all [][]string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	for line := range strings.Lines(string(content)) {
		if f := strings.Fields(line); len(f) > 0 && f[0] != "#" {
			all = append(all, f)
		}
	}
	require.NotEmpty(t, all)
	return all
}

// TestLibraryExports checks that the exported names are those of the reference, undecorated for both widths, and no others.
func TestLibraryExports(t *testing.T) {
	buildLibraries(t)
	provider := []string{"TSPI_lineGetCallHubTracking", "TSPI_lineGetCallIDs", "TSPI_lineSetCallHubTracking"} // of class 3
	for _, f := range fileWords(t, "../../adapters/tapi/wire/testdata/exports.golden") {
		provider = append(provider, "TSPI_"+f[0])
	}
	slices.Sort(provider)
	dialogs := []string{"TUISPI_lineConfigDialog", "TUISPI_lineConfigDialogEdit", "TUISPI_providerConfig", "TUISPI_providerGenericDialog",
		"TUISPI_providerGenericDialogData", "TUISPI_providerInstall", "TUISPI_providerRemove"}
	for _, name := range append(libraries, "x64/test/offhook.tsp", "x64/test/offhookui.dll") {
		want := provider
		if strings.Contains(name, "ui") {
			want = dialogs
		}
		require.Equal(t, want, openLibrary(t, name).exports(t), name)
	}
}

// TestLibraryImports checks that the DLLs import only functions that Windows 7 and Server 2008 R2 (6.1) have, and no library of a compiler.
func TestLibraryImports(t *testing.T) {
	buildLibraries(t)
	has := map[string]bool{}
	for _, line := range fileWords(t, "testdata/windows7.txt") {
		for _, name := range line[1:] {
			has[line[0]+" "+name] = true
		}
	}
	used := map[string]bool{}
	for _, name := range libraries {
		require.Equal(t, [2]uint16{6, 1}, openLibrary(t, name).oldestWindows, name)
		symbols, err := openLibrary(t, name).ImportedSymbols()
		require.NoError(t, err)
		require.NotEmpty(t, symbols)
		for _, s := range symbols {
			function, dll, _ := strings.Cut(s, ":")
			key := strings.ToLower(dll) + " " + function
			require.True(t, has[key], "%s imports %s; is it in Windows 7? Then add it to testdata/windows7.txt", name, key)
			used[key] = true
		}
		require.Zero(t, openLibrary(t, name).directories[pe.IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT].Size, name)
	}
	require.Len(t, used, len(has), "the list names what is not imported any more")
}

// TestLibraryMitigations checks that addresses are randomised (with 64 bits where possible) and that data cannot be executed.
func TestLibraryMitigations(t *testing.T) {
	buildLibraries(t)
	for _, name := range libraries {
		l := openLibrary(t, name)
		want := uint16(pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE | pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT)
		if l.Machine == pe.IMAGE_FILE_MACHINE_AMD64 {
			want |= pe.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA
		} else {
			require.EqualValues(t, pe.IMAGE_FILE_MACHINE_I386, l.Machine)
		}
		require.Equal(t, want, l.characteristics&want, name)
		require.Zero(t, l.FileHeader.Characteristics&pe.IMAGE_FILE_RELOCS_STRIPPED, name)
		require.NotZero(t, l.directories[pe.IMAGE_DIRECTORY_ENTRY_BASERELOC].Size, name)
		for _, s := range l.Sections {
			const both = pe.IMAGE_SCN_MEM_WRITE | pe.IMAGE_SCN_MEM_EXECUTE
			require.NotEqual(t, uint32(both), s.Characteristics&both, "%s: %s can be written and run", name, s.Name)
		}
		require.Zero(t, l.TimeDateStamp, "%s: the same source gives the same file", name)
	}
}

// TestLibraryVersion checks the version resource of each file, and the debug flag of debug builds.
func TestLibraryVersion(t *testing.T) {
	buildLibraries(t)
	for _, name := range libraries {
		l := openLibrary(t, name)
		content, err := l.Section(".rsrc").Data()
		require.NoError(t, err)
		i := bytes.Index(content, []byte{0xBD, 0x04, 0xEF, 0xFE}) // VS_FIXEDFILEINFO
		require.Positive(t, i, name)
		debug := binary.LittleEndian.Uint32(content[i+28:])&1 != 0 // dwFileFlags, VS_FF_DEBUG
		require.Equal(t, strings.Contains(name, "debug"), debug, name)
		for _, text := range []string{"VS_VERSION_INFO", "ProductVersion", "FileDescription", "offhook TAPI Service Provider", filepath.Base(name)} {
			require.True(t, bytes.Contains(content, utf16Bytes(text)), "%s: %s", name, text)
		}
	}
}

// TestLibraryHasNoTestHooks checks that a release connects only to a pipe whose owner it has checked: it uses no network and no environment
// variable for that.
func TestLibraryHasNoTestHooks(t *testing.T) {
	buildLibraries(t)
	hooks := []string{"OFFHOOK_TCP", "OFFHOOK_PIPE", "OFFHOOK_LINES"}
	found := func(name string) (all []string) {
		l := openLibrary(t, name)
		for _, h := range hooks {
			if bytes.Contains(l.bytes, []byte(h)) || bytes.Contains(l.bytes, utf16Bytes(h)) {
				all = append(all, h)
			}
		}
		symbols, err := l.ImportedSymbols()
		require.NoError(t, err)
		for _, s := range symbols {
			_, dll, _ := strings.Cut(strings.ToLower(s), ":")
			if slices.Contains([]string{"ws2_32.dll", "wsock32.dll", "wininet.dll", "winhttp.dll"}, dll) {
				all = append(all, s)
			}
		}
		return all
	}
	for _, name := range libraries {
		require.Empty(t, found(name), name)
		l := openLibrary(t, name)
		require.True(t, bytes.Contains(l.bytes, utf16Bytes(channel.ServiceSID(channel.ServiceName))), "%s: the owner of a pipe is compared", name)
		for _, path := range []string{"/adapters/tapi", "\\adapters\\tapi", "offhook.pdb"} {
			require.False(t, bytes.Contains(l.bytes, []byte(path)), "%s: where it was built: %s", name, path)
		}
	}
	require.Subset(t, found("x64/test/offhook.tsp"), hooks, "the test build has them, so this test finds them")
}
