package main

import (
	"path/filepath"

	"offhook/internal/daemon"
	"offhook/internal/eventid"
	"offhook/internal/password"
	"offhook/internal/place"
	"offhook/internal/winservice"
)

// thisProduct returns the installation on this machine.
func thisProduct() (winservice.Product, error) {
	root, err := place.ProductRoot()
	return winservice.Product{Root: root, Key: place.ProductKey, InstallDir: place.ProductValue("InstallDir"), MakeRoot: place.MakeRoot, MakeProviderLog: place.MakeProviderLog}, err
}

// runService runs the service. Settings and state are in the product's directory.
func runService(s streams) error {
	p, err := thisProduct()
	if err != nil {
		return err
	}
	log, closeLog, err := winservice.OpenLog(filepath.Join(p.Root, "log"))
	if err != nil {
		return err
	}
	defer closeLog()
	if _, err := (password.Store{Dir: p.Root}).TakeStaged(); err != nil {
		log.Error("a staged password cannot be taken over", eventid.PasswordNotAccepted.Attr(), "error", err)
	}
	cfg := supervisorConfig(streams{out: s.out, args: []string{"run"}}, log)
	cfg.Patient, cfg.Beside = true, winservice.NewRegistrationKeeper(p, log).Run
	return winservice.Run(daemon.NewSupervisor(cfg), log)
}
