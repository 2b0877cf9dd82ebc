#!/bin/sh
# prefix.sh DIR makes DIR a Wine prefix for tests, with what Go programs need, and dialogs without a screen. It exits with 3 and a
# reason when this machine cannot make one. It does not change a complete prefix.
#
# wineboot makes the first prefix, which takes about ten seconds. It is kept as a template in bin/wine-template; later ones are
# copies of it.
set -eu
dir=${1:?usage: prefix.sh DIR}
here=$(cd "$(dirname "$0")" && pwd)
template=$here/../../bin/wine-template
export WINEDEBUG=-all
for tool in wine x86_64-w64-mingw32-gcc; do
	command -v "$tool" >/dev/null 2>&1 || { echo "prefix.sh: no $tool on this machine; run: make wine" >&2; exit 3; }
done
mkdir -p "$(dirname "$template")"
exec 9>"$template.lock"
flock 9
if [ ! -e "$template/complete" ]; then
	rm -rf "$template"
	log=$template.log
	WINEPREFIX=$template DISPLAY= wine wineboot -i >"$log" 2>&1 || true
	x86_64-w64-mingw32-gcc -O2 -Wall -Wextra -Werror -shared -nostdlib -Wl,-e,DllMain -s -o "$template/drive_c/windows/system32/bcryptprimitives.dll" \
		"$here/prefix/bcryptprimitives.c" -ladvapi32 -lkernel32
	WINEPREFIX=$template DISPLAY= wine reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f >>"$log" 2>&1
	WINEPREFIX=$template wineserver -w
	touch "$template/complete"
fi
flock -u 9
[ -e "$dir/complete" ] || { rm -rf "$dir"; mkdir -p "$(dirname "$dir")"; cp -a "$template" "$dir"; }
