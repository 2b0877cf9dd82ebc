package main

import (
	"context"

	"offhook/internal/demo"
)

type demoCmd struct {
	Trace string `help:"Keep the run's trace in this file." placeholder:"FILE" type:"path"`
}

// Run plays the demo.
func (c *demoCmd) Run(ctx context.Context, s streams) error {
	return demo.Run(ctx, s.out, c.Trace, version)
}
