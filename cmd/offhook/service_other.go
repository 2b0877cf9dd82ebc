//go:build !windows

package main

import "offhook/internal/winservice"

// thisProduct returns an empty Product: only Windows has its parts.
func thisProduct() (winservice.Product, error) { return winservice.Product{}, nil }

func runService(streams) error { return winservice.ErrOnlyWindows }
