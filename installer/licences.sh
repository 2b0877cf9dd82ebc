#!/bin/sh
# licences.sh prints the full licences of all modules that offhook.exe contains, as these licences require.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}
cat installer/licence.txt
list=$(GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/offhook | sort -u)
print_licences() { # NAME DIRECTORY
	found=
	for f in "$2"/LICENSE* "$2"/LICENCE* "$2"/COPYING* "$2"/NOTICE*; do
		[ -f "$f" ] || continue
		found=1
		printf '\n\n================================================================================\n%s\n\n' "$1"
		cat "$f"
	done
	[ -n "$found" ] || { echo "licences.sh: $1 has no licence file in $2" >&2; exit 1; }
}
print_licences "The Go programming language and its library, $($go env GOVERSION)" "$($go env GOROOT)"
echo "$list" | while read -r path version dir; do print_licences "$path $version" "$dir"; done
