#!/bin/sh
# Compiles the eBPF programs for both architectures and TypeScript to dist/, with the tools that are there.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"
make -C bpf -s
for arch in x86 arm64; do
  for source in bpf/*.bpf.c; do
    object="bpf/build/$arch/$(basename "$source" .c).o"
    [ -f "$object" ] || { echo "compile: $object is missing" >&2; exit 1; }
  done
done
rm -rf dist
tsc -p tsconfig.build.json
# The console's part for browsers: its scripts, with the libraries they import, and what is served as it is.
node console/assets/write-bundle.ts dist
