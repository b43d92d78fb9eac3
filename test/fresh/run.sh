#!/bin/sh
# The newcomer's path: clones this repository into an empty folder and runs the commands of the README there.
#
#   test/fresh/run.sh [--no-test]     --no-test: leave `npm test` out (for those who have just run it)
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

passed=0
ok() { passed=$((passed + 1)); printf 'ok - %s\n' "$*"; }
fail() {
  printf 'not ok - %s\n' "$*" >&2
  printf '%s passed, 1 failed\n' "$passed"
  exit 1
}

# Nothing of this repository's own node_modules may be found by accident.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v node_modules | paste -sd: -)
export PATH

git clone -q "$root" "$work/saccade"
cd "$work/saccade"

# start NAME ARGUMENT…: runs `npm start`, waits for its screen, sends Ctrl-C, expects exit code 0.
start() {
  log="$work/$1.log"
  name=$1
  shift
  begin=$(date +%s%N)
  setsid npm start -- --yes --data "$work/data" --listen 127.0.0.1:0 "$@" >"$log" 2>&1 &
  pid=$!
  tries=0
  until grep -q 'Ctrl-C stops' "$log"; do
    tries=$((tries + 1))
    kill -0 "$pid" 2>/dev/null || { cat "$log" >&2; fail "$name: npm start ended before its screen"; }
    [ "$tries" -lt 6000 ] || { kill -INT "-$pid"; cat "$log" >&2; fail "$name: no screen after ten minutes"; }
    sleep 0.1
  done
  seconds=$(( ($(date +%s%N) - begin) / 1000000 ))
  kill -INT "-$pid"
  code=0
  wait "$pid" || code=$?
  [ "$code" = 0 ] || { cat "$log" >&2; fail "$name: Ctrl-C gave exit code $code"; }
  ok "$name: screen after $seconds ms, Ctrl-C stops cleanly"
}

start 'first start'
sed -n '/Saccade/,/Ctrl-C/p' "$log"
start 'second start'

npm run -s demo -- --yes --recorded >"$work/recorded.log" 2>&1 || { cat "$work/recorded.log" >&2; fail 'npm run demo -- --recorded'; }
ok 'npm run demo -- --recorded'
if [ "$(id -u)" = 0 ] && [ -e /sys/kernel/btf/vmlinux ]; then
  npm run -s demo -- --yes >"$work/demo.log" 2>&1 || { cat "$work/demo.log" >&2; fail 'npm run demo'; }
  cat "$work/demo.log"
  ok 'npm run demo'
fi

npm pack --silent --pack-destination "$work" >"$work/pack.log" 2>&1 || { cat "$work/pack.log" >&2; fail 'npm pack'; }
mkdir "$work/installed"
cd "$work/installed"
npm init -y >/dev/null
npm install --loglevel=error "$work"/saccade-*.tgz >"$work/install.log" 2>&1 || { cat "$work/install.log" >&2; fail 'npm install of the packed release'; }
node_modules/.bin/saccade --version >/dev/null || fail 'saccade --version of the packed release'
node_modules/.bin/saccade rules check || fail 'saccade rules check of the packed release'
ok "packed release: $(du -h "$work"/saccade-*.tgz | cut -f1), installs and runs"

cd "$work/saccade"
if [ "${1:-}" != --no-test ]; then
  npm test || fail 'npm test'
  ok 'npm test'
fi
printf '%s passed, 0 failed\n' "$passed"
