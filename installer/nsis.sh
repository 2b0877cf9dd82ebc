#!/bin/sh
# nsis.sh TARGET VERSION NUMBERS FILES OUT CERTIFICATE RELEASE: runs makensis for the Makefile. An NSIS before 3.12 lets local users become
# SYSTEM when the setup runs as SYSTEM (its directory for temporary files can be foreseen): it makes test builds only.
set -eu
target=$1 version=$2 numbers=$3 from=$4 out=$5 certificate=$6 release=$7
nsis=${NSIS:-makensis}
has=$("$nsis" -VERSION | sed -nE 's/^v?([0-9]+)\.([0-9]+).*/\1 \2/p')
major=${has%% *} minor=${has##* }
old=
if [ -z "$has" ] || [ "$major" -lt 3 ] || { [ "$major" -eq 3 ] && [ "${minor#0}" -lt 12 ]; }; then
	[ -z "$release" ] || { echo "installer: $("$nsis" -VERSION) is too old for a release: NSIS 3.12 or later is needed" >&2; exit 1; }
	echo "WARNING: NSIS $("$nsis" -VERSION) is before 3.12: this setup is a TEST BUILD, do not give it to anybody" >&2
	old=-DTEST_BUILD
fi
cd "$(dirname "$0")"
log=$out.log
if ! "$nsis" -V2 -WX -INPUTCHARSET UTF8 "-DTARGET=$target" "-DVERSION=$version" "-DNUMBERS=$numbers" "-DFROM=$from" "-DOUT=$out" "-DCERTIFICATE=$certificate" $([ -f "$from/x64/tapiprobe.exe" ] && [ -f "$from/x86/tapiprobe.exe" ] && echo -DPROBE) ${QUICK:+-DQUICK} ${SPEAKS:+-DSPEAKS=$SPEAKS} ${release:+-DRELEASE} $old setup.nsi >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
rm -f "$log"
