//go:build !windows

package winservice

import (
	"context"
	"io"
)

// Install is for Windows.
func Install(io.Writer, Product) error { return ErrOnlyWindows }

// Uninstall is for Windows.
func Uninstall(io.Writer, Product, bool) error { return ErrOnlyWindows }

// Start is for Windows.
func Start(context.Context, io.Writer) error { return ErrOnlyWindows }

// Stop is for Windows.
func Stop(context.Context, io.Writer) error { return ErrOnlyWindows }

// Status is for Windows.
func Status(io.Writer) error { return ErrOnlyWindows }

// Repair is for Windows.
func Repair(io.Writer, Product) error { return ErrOnlyWindows }

// SetProviderLog is for Windows, where the provider DLL has a log of its own.
func SetProviderLog(Product, bool) error { return nil }
