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
go_minimum=1.26
go_version=1.26.8

say() { printf '%s\n' "cluster set-up: $*" >&2; }

have_all() {
  for program in $kubernetes helm coredns; do
    [ -x "$bin/$program" ] || return 1
  done
}

newer_or_same() { # VERSION MINIMUM
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# The machine's Go where it is new enough, else the toolchain as the Go module proxy has it.
find_go() {
  if command -v go >/dev/null 2>&1 && newer_or_same "$(GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//')" $go_minimum; then
    return
  fi
  case "$(uname -m)" in
    x86_64) arch=amd64 sum=64e9867b53a77d110330875bd508b81bd252b833c12c613164c4389e2b354573 ;;
    aarch64) arch=arm64 sum=b182ff3ba32a4baf0c2f4923b10dfa5a8608a49aa4c3ad13c62cd651850a40c7 ;;
    *)
      say "no Go $go_minimum here, and none is known for $(uname -m): install it by hand"
      exit 1
      ;;
  esac
  fetch_go "golang.org/toolchain@v0.0.1-go$go_version.linux-$arch" $sum
  PATH="$cache/go/bin:$PATH"
}

fetch_go() { # MODULE SUM
  [ -x "$cache/go/bin/go" ] && return
  say "fetching Go $go_version (85 MB)"
  work=$(mktemp -d "$cache/go.XXXXXX")
  proxy=$(printf '%s' "${GOPROXY:-https://proxy.golang.org}" | sed 's/[,|].*//')
  curl -fsSL --retry 3 -o "$work/go.zip" "$proxy/$(printf '%s' "$1" | sed 's#@#/@v/#').zip"
  unzip -q "$work/go.zip" -d "$work"
  rm "$work/go.zip"
  # The checksum that sum.golang.org has: of the list of all files' checksums.
  found=$(cd "$work" && find golang.org -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
  [ "$found" = "$2" ] || {
    say "Go $go_version from $proxy is not the one that was published: checksum $found"
    exit 1
  }
  chmod -R u+x "$work/$1/bin" "$work/$1/pkg/tool"
  mv "$work/$1" "$cache/go"
  rm -rf "$work"
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
  find_go
  # Without the stamp the API server says that it is v0.0.0, and charts that name a lowest version are refused.
  x=k8s.io/component-base/version
  for program in $kubernetes; do
    build kubernetes "$program" "k8s.io/kubernetes/cmd/$program" \
      "-X $x.gitVersion=$version -X $x.gitMajor=1 -X $x.gitMinor=34"
  done
  build helm helm helm.sh/helm/v3/cmd/helm ''
  build coredns coredns github.com/coredns/coredns ''
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
