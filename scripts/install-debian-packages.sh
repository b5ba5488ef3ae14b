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
  ruby-bundler                               # what Ruby's servers are started by
  gunicorn                                   # another, by the same way with other signals
  nginx puma php-fpm haproxy                 # those that reload in place; puma rides on unicorn's Ruby,
  uwsgi-core uwsgi-plugin-python3            # uwsgi on gunicorn's Python
  apache2-bin                                # the server alone, without the service and the site of `apache2`
  libfcgi-bin                                # asks php-fpm, which speaks no HTTP
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

# Debian starts a server that it installs, on the port that its own configuration names. Not where policy-rc.d says 101.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null || cannot 'apt-get install failed'
