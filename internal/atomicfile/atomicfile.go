// Package atomicfile writes small files of offhook whole or not at all.
//
// The content goes to a file beside the target first, which then takes the target's name: a reader, and a process that
// is killed, see the old content or the new one. Only the owner may read the file. The package does not wait for the
// disk: after a power cut the old content may be back.
package atomicfile

import (
	"fmt"
	"os"
)

// Write replaces the content of a file, which is readable by its owner alone.
func Write(file string, content []byte) error {
	temporary := file + ".new"
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return fmt.Errorf("cannot write %s: %w", file, err)
	}
	return os.Rename(temporary, file)
}
