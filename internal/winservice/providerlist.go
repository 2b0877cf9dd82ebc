package winservice

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// ProviderFile is the provider DLL's name, as the Telephony service's list has it.
const ProviderFile = "offhook.tsp"

// listedProvider is one entry of the Telephony service's list.
type listedProvider struct {
	id   uint32
	file string
}

// providerList is the list under Telephony\Providers: NumProviders entries ProviderID0, ProviderFilename0 … and the id of
// the next one (decision TAPI-a.1).
type providerList struct {
	all  []listedProvider
	next uint32
}

// maxProviders bounds how many entries of a damaged list are read.
const maxProviders = 1000

// readProviders reads the list from its values. Entries that lack a part are left out; sound is false if there were any,
// or if the numbers do not fit.
func readProviders(number func(name string) (uint32, bool), text func(name string) (string, bool)) (l providerList, sound bool) {
	count, sound := number("NumProviders")
	sound = sound && count <= maxProviders
	l.next, _ = number("NextProviderID")
	for i := range min(count, maxProviders) {
		id, has := number(fmt.Sprint("ProviderID", i))
		file, named := text(fmt.Sprint("ProviderFilename", i))
		if !has || !named || file == "" {
			sound = false
			continue
		}
		l.all = append(l.all, listedProvider{id, file})
		if id >= l.next {
			sound, l.next = false, id+1
		}
	}
	return l, sound
}

// has says whether the list names a file, in any directory and in any case.
func (l providerList) has(file string) bool {
	return slices.ContainsFunc(l.all, func(p listedProvider) bool {
		return strings.EqualFold(path.Base(strings.ReplaceAll(p.file, `\`, "/")), file)
	})
}

// add puts a provider at the end, under an id that was never given before.
func (l *providerList) add(file string) {
	l.next = max(l.next, 1)
	l.all = append(l.all, listedProvider{l.next, file})
	l.next++
}

// write writes the values, the count after the entries: a reader meanwhile sees the old list or the new one.
func (l providerList) write(number func(name string, v uint32) error, text func(name, v string) error) error {
	for i, p := range l.all {
		if err := text(fmt.Sprint("ProviderFilename", i), p.file); err != nil {
			return err
		}
		if err := number(fmt.Sprint("ProviderID", i), p.id); err != nil {
			return err
		}
	}
	if err := number("NextProviderID", l.next); err != nil {
		return err
	}
	return number("NumProviders", uint32(len(l.all)))
}
