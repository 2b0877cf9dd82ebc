package main

import (
	"path/filepath"

	"offhook/internal/eventid"
	"offhook/internal/winservice"
)

// thisProduct is the installation on this machine.
func thisProduct() (winservice.Product, error) {
	root, err := productRoot()
	return winservice.Product{Root: root, Key: productKey, InstallDir: productValue("InstallDir"), MakeRoot: makeRoot, MakeProviderLog: makeProviderLog}, err
}

// runService is the service's process. Settings and state are in the product's directory.
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
	r := newRunner([]string{"run"}, log, s.out)
	r.patient = true
	if _, err := (passwords{dir: p.Root}).takeDropped(); err != nil {
		log.Error("a password that was laid down cannot be taken", eventid.PasswordNotAccepted.Attr(), "error", err)
	}
	r.beside = winservice.NewRegistrationKeeper(p, log).Run
	return winservice.Run(r, log)
}
