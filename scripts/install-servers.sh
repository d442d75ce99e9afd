#!/bin/sh
# Installs the servers that the tests talk to, on Debian or Ubuntu. Does nothing when they are there. CI runs it first.
set -eu

PACKAGES="ngircd inspircd atheme-services openssl strace postgresql prosody dovecot-imapd dovecot-lmtpd"

missing=""
for package in $PACKAGES; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update
# The packages start their servers; the tests start their own, on free ports, and do not mind.
# shellcheck disable=SC2086
$as_root apt-get install -y --no-install-recommends $missing
