#!/usr/bin/env bash
# Puts promtool at build/tools/promtool: the one on the path, else the one in Debian's package, which is unpacked and not
# installed, so that no server starts. Needs no root, but the package lists of an `apt-get update`.
set -euo pipefail
cd "$(dirname "$0")/../.."
tool=build/tools/promtool
[ -x "$tool" ] && exit 0
mkdir -p build/tools
if found=$(command -v promtool); then
  ln -sf "$found" "$tool"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "There is no promtool: install Prometheus, and put its promtool on the path." >&2
  exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && apt-get --quiet --option APT::Sandbox::User=root download prometheus >/dev/null) || {
  echo "Debian's package prometheus cannot be downloaded: run apt-get update first." >&2
  exit 1
}
dpkg-deb --extract "$folder"/prometheus_*.deb "$folder/package"
# Renamed into its place, so that a broken copy is never taken for the tool.
cp "$folder/package/usr/bin/promtool" "$tool.new"
mv "$tool.new" "$tool"
