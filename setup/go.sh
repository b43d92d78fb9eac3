# shellcheck shell=sh
# A Go for what tests build from Go modules. Sourced; `use_go` puts it on the PATH.

go_minimum=1.26
go_version=1.26.8
# Where Go's own installer puts it, which not every PATH knows.
PATH="$PATH:/usr/local/go/bin"

# What set-up has to install: any Go fetches the one that is needed, checked against Go's checksum database.
go_packages() {
  command -v go >/dev/null 2>&1 || echo golang-go
}

newer_or_same() { # VERSION MINIMUM
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# The machine's Go where it is new enough, else the toolchain as a module.
use_go() {
  command -v go >/dev/null 2>&1 || {
    echo 'Go is missing: apt-get install -y golang-go (any version: it fetches the one that is needed)' >&2
    return 1
  }
  newer_or_same "$(GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//')" $go_minimum && return
  case "$(uname -m)" in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *)
      echo "no Go $go_minimum here, and none is known for $(uname -m): install it by hand" >&2
      return 1
      ;;
  esac
  toolchain=$(cd / && go mod download -json "golang.org/toolchain@v0.0.1-go$go_version.linux-$architecture" |
    sed -n 's/^.*"Dir": "\(.*\)",*$/\1/p')
  # A module carries no execute bits, and lies read-only.
  chmod -R u+wx "$toolchain/bin" "$toolchain/pkg/tool"
  PATH="$toolchain/bin:$PATH"
}
