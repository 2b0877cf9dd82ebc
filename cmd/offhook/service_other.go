//go:build !windows

package main

import (
	"context"
	"io"
)

func installService(io.Writer) error                { return errOnlyWindows }
func uninstallService(io.Writer, bool) error        { return errOnlyWindows }
func startService(context.Context, io.Writer) error { return errOnlyWindows }
func stopService(context.Context, io.Writer) error  { return errOnlyWindows }
func showService(io.Writer) error                   { return errOnlyWindows }
func repairService(io.Writer) error                 { return errOnlyWindows }
func beService(streams) error                       { return errOnlyWindows }
