#!/bin/sh
# Builds the S3-compatible server that tests of the object store run against (versitygw, Apache-2.0, from the Go module
# proxy), once, into a folder outside of the repository: $SACCADE_CACHE, else ~/.cache/saccade. Prints its path.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=setup/go.sh
. "$root/setup/go.sh"
version=v1.8.0
cache=${SACCADE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/saccade}
folder=$cache/versitygw-$version
if [ ! -x "$folder/versitygw" ]; then
  use_go
  mkdir -p "$folder"
  # Two tests may want it at once: the second waits and finds it there.
  (
    flock 9
    [ -x "$folder/versitygw" ] ||
      GOBIN="$folder" CGO_ENABLED=0 go install "github.com/versity/versitygw/cmd/versitygw@$version" >&2
  ) 9>"$folder/lock"
fi
printf '%s\n' "$folder/versitygw"
