#!/usr/bin/env bash
# Installs what the tests need from Debian, and only what is missing. Says what is missing where it cannot install:
# a developer may go on without, CI (CI=true) may not.
set -eu

# The sanitizers' runtime carries clang's major version in its name.
clang_runtime() {
  local major
  major=$(clang --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p' | head -n 1)
  if [ -z "$major" ]; then
    major=$(apt-cache show clang 2>/dev/null | sed -n 's/^Depends:.*clang-\([0-9]*\).*/\1/p' | head -n 1)
  fi
  echo "libclang-rt-${major:-14}-dev"
}

packages=(
  unicorn ruby-rack                          # the server that most tests reload
  gunicorn                                   # another, by the same way with other signals
  wrk curl                                   # load and requests
  procps util-linux iproute2 strace          # namespaces, process tables, system calls
  tini dumb-init runit s6 supervisor         # the neighbours that we are compared with
  gcc clang libc6-dev musl-tools             # the C program's compilers
)

missing() {
  local installed name
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii  *//p') || true
  for name in "$@"; do
    grep -qx -- "$name" <<<"$installed" || echo "$name"
  done
}

cannot() {
  echo "cannot install ${wanted[*]}: $1" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

if ! command -v dpkg-query >/dev/null; then
  wanted=("${packages[@]}")
  cannot 'this is no Debian'
fi
mapfile -t wanted < <(missing "${packages[@]}" "$(clang_runtime)")
[ "${#wanted[@]}" -eq 0 ] && exit 0
command -v apt-get >/dev/null || cannot 'there is no apt-get'
[ "$(id -u)" -eq 0 ] || cannot 'only root can'

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || cannot 'apt-get update failed'
# Without a package list, the runtime's name was a guess.
mapfile -t wanted < <(missing "${packages[@]}" "$(clang_runtime)")
apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null || cannot 'apt-get install failed'
