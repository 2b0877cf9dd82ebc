package main

import "context"

// serviceCmd is offhook as a Windows service (docs/operate/windows-service.md).
type serviceCmd struct {
	Install   serviceInstall   `cmd:"" help:"Install or update the service, its directory and its event log source."`
	Uninstall serviceUninstall `cmd:"" help:"Stop and remove the service. Settings and state stay, unless --all."`
	Start     serviceStart     `cmd:"" help:"Start the service."`
	Stop      serviceStop      `cmd:"" help:"Stop the service."`
	Status    serviceStatus    `cmd:"" help:"Say whether the service runs and the provider is registered."`
	Repair    serviceRepair    `cmd:"" help:"Put the provider's registration back."`
	Run       serviceRun       `cmd:"" help:"Be the service. Only the Service Control Manager starts this."`
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

var errOnlyWindows = usage("there are services of this kind on Windows only; elsewhere let the system's service manager start offhook run (docs/operate/operations.md)")

func (serviceInstall) Run(s streams) error     { return installService(s.out) }
func (c serviceUninstall) Run(s streams) error { return uninstallService(s.out, c.All) }
func (serviceStart) Run(ctx context.Context, s streams) error {
	return startService(ctx, s.out)
}
func (serviceStop) Run(ctx context.Context, s streams) error { return stopService(ctx, s.out) }
func (serviceStatus) Run(s streams) error                    { return showService(s.out) }
func (serviceRepair) Run(s streams) error                    { return repairService(s.out) }
func (serviceRun) Run(s streams) error                       { return beService(s) }
