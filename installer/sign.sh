#!/bin/sh
# sign.sh certificate DIR    creates a test certificate in DIR, unless it has one that is valid for another day
# sign.sh sign DIR FILE      signs FILE in place
# sign.sh verify DIR FILE    exits with 0 only if the signature is valid and FILE is unchanged
#
# For a real certificate set OFFHOOK_SIGN to a command that gets the file's name, signs the file in place and exits with 0. DIR is
# not used then, and verify reads the CA from OFFHOOK_SIGN_CA (PEM). docs/use/installer.md has examples.
set -eu
verb=${1:?usage: sign.sh certificate|sign|verify DIR [FILE]}
dir=${2:?no directory}
file=${3:-}
require_tool() { command -v "$1" >/dev/null 2>&1 || { echo "sign.sh: there is no $1 on this machine; run: make wine" >&2; exit 1; }; }

certificate() {
	require_tool openssl
	[ -f "$dir/key.pem" ] && openssl x509 -checkend 86400 -noout -in "$dir/certificate.pem" >/dev/null 2>&1 && return
	mkdir -p "$dir"
	(umask 077 && openssl req -x509 -newkey rsa:3072 -sha256 -days 30 -nodes -subj '/CN=offhook TEST certificate, not to be trusted' \
		-addext 'keyUsage=critical,digitalSignature' -addext 'extendedKeyUsage=codeSigning' \
		-keyout "$dir/key.pem" -out "$dir/certificate.pem" 2>/dev/null)
}

sign() {
	if [ -n "${OFFHOOK_SIGN:-}" ]; then
		$OFFHOOK_SIGN "$file"
		return
	fi
	require_tool osslsigncode
	rm -f "$file.signed"
	osslsigncode sign -h sha256 -certs "$dir/certificate.pem" -key "$dir/key.pem" -n offhook -in "$file" -out "$file.signed" >"$file.log" 2>&1 || {
		cat "$file.log" >&2
		rm -f "$file.log" "$file.signed"
		echo "sign.sh: $file cannot be signed" >&2
		exit 1
	}
	rm -f "$file.log"
	mv "$file.signed" "$file"
}

verify() {
	require_tool osslsigncode
	ca=$dir/certificate.pem
	[ -z "${OFFHOOK_SIGN:-}" ] || ca=${OFFHOOK_SIGN_CA:?set OFFHOOK_SIGN_CA to the PEM file of the CA}
	out=$(osslsigncode verify -CAfile "$ca" -in "$file" 2>&1) || { echo "$out" >&2; echo "sign.sh: the signature of $file is not valid" >&2; exit 1; }
}

case $verb in
certificate) certificate ;;
sign | verify) [ -f "$file" ] || { echo "sign.sh: no such file: $file" >&2; exit 1; }; "$verb" ;;
*) echo "sign.sh: no such verb: $verb" >&2; exit 2 ;;
esac
