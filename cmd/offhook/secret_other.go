//go:build !windows

package main

import (
	"os"
	"path/filepath"

	"offhook/internal/atomicfile"
)

func (p passwords) keptFile() string { return filepath.Join(p.dir, "password") }

// isKept says whether a password was set.
func (p passwords) isKept() bool {
	_, err := os.Stat(p.keptFile())
	return err == nil
}

func (p passwords) kept() (string, error) { return readPassword(p.keptFile()) }

// keep writes the password into a file for its owner alone.
func (p passwords) keep(password string) error {
	return atomicfile.Write(p.keptFile(), []byte(password+"\n"))
}

// dropFile is where somebody else lays down a password: where it rests.
func (p passwords) dropFile() string { return p.keptFile() }
