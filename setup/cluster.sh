#!/bin/sh
# Builds what the tests on a real one-node Kubernetes run, once, into a folder outside of the repository:
# $SACCADE_CACHE, else ~/.cache/saccade. Everything comes from the Go module proxy and is checked against the go.sum
# files of test/cluster/binaries. Prints the folder of the programs. Needs packages_cluster of setup/packages.sh.
# About 8 minutes on two cores the first time, 3 GB of disk; nothing but a look the second time.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
version=v1.34.4
cache=${SACCADE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/saccade}/kubernetes/$version
bin=$cache/bin
modules=$root/test/cluster/binaries
kubernetes='kube-apiserver kubelet kube-controller-manager kube-scheduler kubectl kube-proxy'
# shellcheck source=setup/go.sh
. "$root/setup/go.sh"

say() { printf '%s\n' "cluster set-up: $*" >&2; }

have_all() {
  for program in $kubernetes helm coredns; do
    [ -x "$bin/$program" ] || return 1
  done
}

build() { # MODULE-FOLDER PROGRAM PACKAGE FLAGS
  [ -x "$bin/$2" ] && return
  began=$(date +%s)
  say "building $2 …"
  (cd "$modules/$1" && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS='-mod=readonly -buildvcs=false' \
    nice -n 10 go build -ldflags "-s -w $4" -o "$bin/.$2" "$3") >&2
  mv "$bin/.$2" "$bin/$2"
  say "$2: $(($(date +%s) - began)) s"
}

build_all() {
  use_go
  # Without the stamp the API server says that it is v0.0.0, and charts that name a lowest version are refused.
  x=k8s.io/component-base/version
  for program in $kubernetes; do
    build kubernetes "$program" "k8s.io/kubernetes/cmd/$program" \
      "-X $x.gitVersion=$version -X $x.gitMajor=1 -X $x.gitMinor=34"
  done
  build helm helm helm.sh/helm/v3/cmd/helm ''
  build coredns coredns . ''
}

if ! have_all; then
  mkdir -p "$bin"
  # Two tests may want it at once: the second waits and finds it there.
  (
    flock 9
    have_all || build_all
  ) 9>"$cache/build.lock"
fi
printf '%s\n' "$bin"
