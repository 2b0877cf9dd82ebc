#!/bin/sh
# nsis.sh TARGET VERSION NUMBERS FILES OUT CERTIFICATE RELEASE runs makensis for the Makefile. A setup of an NSIS before 3.12 that runs
# as SYSTEM lets local users become SYSTEM, since they can predict its temporary directory. Such an NSIS builds test builds only.
set -eu
target=$1 version=$2 numbers=$3 from=$4 out=$5 certificate=$6 release=$7
nsis=${NSIS:-makensis}
installed=$("$nsis" -VERSION | sed -nE 's/^v?([0-9]+)\.([0-9]+).*/\1 \2/p')
major=${installed%% *} minor=${installed##* }
test_build=
if [ -z "$installed" ] || [ "$major" -lt 3 ] || { [ "$major" -eq 3 ] && [ "${minor#0}" -lt 12 ]; }; then
	[ -z "$release" ] || { echo "installer: $("$nsis" -VERSION) is too old for a release: NSIS 3.12 or later is needed" >&2; exit 1; }
	echo "WARNING: NSIS $("$nsis" -VERSION) is before 3.12: this setup is a TEST BUILD, do not distribute it" >&2
	test_build=-DTEST_BUILD
fi
cd "$(dirname "$0")"
log=$out.log
if ! "$nsis" -V2 -WX -INPUTCHARSET UTF8 "-DTARGET=$target" "-DVERSION=$version" "-DNUMBERS=$numbers" "-DFROM=$from" "-DOUT=$out" "-DCERTIFICATE=$certificate" $([ -f "$from/x64/tapiprobe.exe" ] && [ -f "$from/x86/tapiprobe.exe" ] && echo -DPROBE) ${QUICK:+-DQUICK} ${LANGUAGE_ID:+-DLANGUAGE_ID=$LANGUAGE_ID} ${release:+-DRELEASE} $test_build setup.nsi >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
rm -f "$log"
