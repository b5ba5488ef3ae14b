#!/bin/sh
# Builds dist/ppidshim: static with musl where musl-gcc exists, else with cc; CC, CFLAGS and OUT override.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
out=${OUT:-$root/dist/ppidshim}
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json")

if [ -z "${CC:-}" ]; then
  if command -v musl-gcc >/dev/null; then CC=musl-gcc; else CC=cc; fi
fi
case $CC in
  *musl*) link='-static -s' kind=static ;;
  *) link=-s kind=dynamic ;;
esac

mkdir -p "$(dirname "$out")"
# Built beside and renamed: the old file may be running, and then it cannot be written.
# shellcheck disable=SC2086 # the lists are meant to be split
$CC -std=c11 -O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror ${CFLAGS:-} \
  -DVERSION="\"$version\"" $link -o "$out.new" "$root/src/shim/ppidshim.c"
mv "$out.new" "$out"
echo "built $out: $kind, $CC, $(wc -c <"$out") bytes"
