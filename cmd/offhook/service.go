package main

import (
	"context"

	"offhook/internal/winservice"
)

// serviceCmd is offhook as a Windows service (docs/operate/windows-service.md).
type serviceCmd struct {
	Install   serviceInstall   `cmd:"" help:"Install or update the service, its directory and its event log source."`
	Uninstall serviceUninstall `cmd:"" help:"Stop and remove the service. Settings and state stay, unless --all."`
	Start     serviceStart     `cmd:"" help:"Start the service."`
	Stop      serviceStop      `cmd:"" help:"Stop the service."`
	Status    serviceStatus    `cmd:"" help:"Show whether the service runs and the provider is registered."`
	Repair    serviceRepair    `cmd:"" help:"Restore the provider's registration."`
	Run       serviceRun       `cmd:"" help:"Run the service. Only the Service Control Manager calls this."`
}

type (
	serviceInstall   struct{}
	serviceUninstall struct {
		All bool `help:"Delete settings, password, journal and log as well."`
	}
	serviceStart  struct{}
	serviceStop   struct{}
	serviceStatus struct{}
	serviceRepair struct{}
	serviceRun    struct{}
)

// Run installs or updates the service.
func (serviceInstall) Run(s streams) error {
	p, err := thisProduct()
	if err != nil {
		return err
	}
	return winservice.Install(s.out, p)
}

// Run removes the service.
func (c serviceUninstall) Run(s streams) error {
	p, err := thisProduct()
	if err != nil {
		return err
	}
	return winservice.Uninstall(s.out, p, c.All)
}

// Run starts the service.
func (serviceStart) Run(ctx context.Context, s streams) error { return winservice.Start(ctx, s.out) }

// Run stops the service.
func (serviceStop) Run(ctx context.Context, s streams) error { return winservice.Stop(ctx, s.out) }

// Run prints whether the service runs.
func (serviceStatus) Run(s streams) error { return winservice.Status(s.out) }

// Run restores the provider's registration.
func (serviceRepair) Run(s streams) error {
	p, err := thisProduct()
	if err != nil {
		return err
	}
	return winservice.Repair(s.out, p)
}

// Run runs the service.
func (serviceRun) Run(s streams) error { return runService(s) }
