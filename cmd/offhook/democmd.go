package main

import (
	"context"

	"offhook/internal/demo"
)

// demoCmd plays the demo.
type demoCmd struct {
	Trace string `help:"Write the trace of the run to this file." placeholder:"FILE" type:"path"`
}

// Run plays the demo.
func (c *demoCmd) Run(ctx context.Context, s streams) error {
	return demo.Run(ctx, s.out, c.Trace, version)
}
