#!/bin/sh
# `npm pack`: an installed package needs no compiler (and Node strips no types below node_modules).
set -eu
cd "$(dirname "$0")/.."
sh setup/run setup --yes
exec sh setup/compile.sh
