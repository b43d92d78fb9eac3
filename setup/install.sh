# shellcheck shell=sh disable=SC2154
# Finds what is missing, says what and how large, asks on a terminal, installs, compiles. Sourced by setup/run, which
# gives $root and the lists of setup/packages.sh.

say() { printf '%s\n' "saccade set-up: $*"; }

bpf_objects_current() {
  [ -d "$root/bpf" ] || return 0
  [ -e /sys/kernel/btf/vmlinux ] || return 0
  for source in "$root"/bpf/*.bpf.c; do
    for arch in x86 arm64; do
      object="$root/bpf/build/$arch/$(basename "$source" .c).o"
      [ -f "$object" ] || return 1
      [ -z "$(find "$root/bpf" -maxdepth 2 \( -name '*.c' -o -name '*.h' -o -name Makefile \) ! -path '*/build/*' -newer "$object" | head -n 1)" ] || return 1
    done
  done
}

# Compilers are wanted only where objects must be built.
build_packages() {
  bpf_objects_current || printf '%s' "$packages_build"
}

# Off Linux no package manager is called, whatever is installed there.
on_linux() {
  [ "$(uname -s)" = Linux ]
}

has_apt() {
  on_linux && command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1
}

# Other distributions name their packages otherwise: says what is needed where it is plainly not there.
advise_without_apt() { # PACKAGES
  on_linux && ! has_apt && [ -n "$1" ] || return 0
  lacking=
  ls /usr/lib*/libbpf.so.1 /usr/lib/*/libbpf.so.1 /lib/*/libbpf.so.1 >/dev/null 2>&1 || lacking=' libbpf-1'
  case " $1 " in
    *' clang '*) for tool in clang llvm-strip make bpftool; do command -v $tool >/dev/null 2>&1 || lacking="$lacking $tool"; done ;;
  esac
  [ -z "$lacking" ] || say "no apt here: install by hand, as this system names it:$lacking; going on without"
}

missing_packages() {
  has_apt || return 0
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed$' || printf '%s ' "$package"
  done
}

node_stamp() { # KIND: what node_modules should hold
  printf '%s %s' "$1" "$(cksum <package-lock.json | tr ' \t' '--')"
}

node_modules_current() { # KIND
  [ -f node_modules/.saccade-stamp ] || return 1
  stamp=$(cat node_modules/.saccade-stamp)
  [ "$stamp" = "$(node_stamp "$1")" ] || [ "$stamp" = "$(node_stamp development)" ]
}

apt_update_once() {
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -7 2>/dev/null | head -n 1)" ] || {
    say 'refreshing the package lists (apt-get update)'
    apt-get update -q >/dev/null || say 'they could not be refreshed; trying with those that are here'
  }
}

apt_sizes() {
  LC_ALL=C apt-get install --assume-no --no-remove --no-install-recommends "$@" 2>/dev/null |
    sed -n 's/^Need to get \(.*\) of archives.*/  download \1/p; s/^After this operation, \(.*\) of additional.*/  on disk \1/p'
}

confirm() { # YES
  [ -z "$1" ] && [ -t 0 ] && [ -t 1 ] || return 0
  printf 'Go on? [Y/n] '
  read -r answer || answer=n
  case "$answer" in
    '' | y | Y | yes) ;;
    *) say 'stopped; nothing was changed'; exit 1 ;;
  esac
}

install_packages() { # PACKAGE …
  log=$(mktemp)
  say "installing Debian packages: $*"
  if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-remove --no-install-recommends "$@" >"$log" 2>&1; then
    say 'refreshing the package lists and trying once more'
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-remove --no-install-recommends "$@"; } >"$log" 2>&1; then
      tail -n 15 "$log" >&2
      say "the packages could not be installed. Install them by hand, then run this again: apt-get install $*" >&2
      rm -f "$log"
      exit 1
    fi
  fi
  rm -f "$log"
}

install_node_modules() { # KIND
  say "installing Node 24 and the npm packages ($1)"
  rm -f node_modules/.saccade-stamp
  omit=
  [ "$1" = runtime ] && omit=--omit=dev
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! npm ci $omit --no-progress --loglevel=error >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    say 'npm ci failed, see above; is the npm registry reachable?' >&2
    exit 1
  fi
  rm -f "$log"
  node_stamp "$1" >node_modules/.saccade-stamp
}

build_bpf() {
  say 'compiling the eBPF programs (x86-64 and arm64)'
  log=$(mktemp)
  if ! make -C bpf -j2 >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    say 'the eBPF programs did not compile; going on without those that are missing' >&2
    return 0
  fi
  rm -f "$log"
}

set_up() { # YES KIND PACKAGES
  yes=$1 kind=$2
  # shellcheck disable=SC2086
  missing=$(missing_packages $3)
  advise_without_apt "$3"
  need_node=
  node_modules_current "$kind" || need_node=1
  if [ -n "$missing" ] && [ "$(id -u)" != 0 ]; then
    say "not root, so these Debian packages stay missing: ${missing% }"
    say "  to install them: sudo apt-get install --no-install-recommends ${missing% }"
    missing=
  fi
  if [ -n "$missing$need_node" ]; then
    say 'this is missing and will be installed:'
    [ -z "$need_node" ] || case "$kind" in
      runtime) echo '  npm packages with Node 24, into node_modules/ (about 85 MB download, 250 MB on disk)' ;;
      *) echo '  npm packages with Node 24 and the development tools, into node_modules/ (about 155 MB download, 350 MB on disk)' ;;
    esac
    if [ -n "$missing" ]; then
      apt_update_once
      echo "  Debian packages: ${missing% }"
      # shellcheck disable=SC2086
      apt_sizes $missing
    fi
    confirm "$yes"
    # shellcheck disable=SC2086
    [ -z "$missing" ] || install_packages $missing
    [ -z "$need_node" ] || install_node_modules "$kind"
  fi
  if ! bpf_objects_current && command -v clang >/dev/null 2>&1; then build_bpf; fi
}
