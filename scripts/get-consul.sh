#!/bin/bash
# get-consul.sh DIR: puts Consul 1.8.7 for tests into DIR and prints the path of its executable.
# Consul is in Debian's bullseye and in no later suite. It needs nothing but libc, so the one package is
# unpacked, with package lists of its own: no source is added to the system and nothing is installed.
# Needs apt-get; what `apt-get update` has fetched tells the mirror.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
consul=$dir/usr/bin/consul
if [ -x "$consul" ]; then
  echo "$consul"
  exit
fi

find_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(CREATED_BY)' |
    awk '$2 == "main" && $3 == "Packages" && $1 ~ /\/debian\/$/ { print $1; exit }'
}
mirror=$(find_mirror)
if [ -z "$mirror" ] && [ "$(id -u)" -eq 0 ]; then
  apt-get -qq update >&2
  mirror=$(find_mirror)
fi
if [ -z "$mirror" ]; then
  echo "no Debian mirror is known here: run 'apt-get update' first" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/lists/partial" "$work/archives/partial"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] $mirror bullseye main" >"$work/sources.list"
options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o "Dir::Etc::SourceParts=-"
  -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o "APT::Sandbox::User=$(id -un)")
cd "$work"
apt-get "${options[@]}" update >&2
apt-get "${options[@]}" download consul >&2
# Unpacked beside and moved, so that two runs at once never see half of it.
dpkg -x "$work"/consul_*.deb "$work/unpacked"
mkdir -p "$dir/usr/bin"
mv -f "$work/unpacked/usr/bin/consul" "$consul.$$"
mv -f "$consul.$$" "$consul"
echo "$consul"
