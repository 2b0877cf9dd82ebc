//go:build !windows

package main

import "offhook/internal/winservice"

// thisProduct is empty: only Windows has the parts that it names.
func thisProduct() (winservice.Product, error) { return winservice.Product{}, nil }

func runService(streams) error { return winservice.ErrOnlyWindows }
