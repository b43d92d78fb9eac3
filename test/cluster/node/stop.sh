#!/usr/bin/env bash
# Takes a cluster down: kills all that lives in its cgroup at once, then removes cgroups and folder. Idempotent.
#
#   stop.sh FOLDER
set -uo pipefail
folder=$1
[ -d "$folder" ] || exit 0

kill_all() { # DIRECTORY
  if [ -e "$1/cgroup.kill" ]; then
    echo 1 >"$1/cgroup.kill"
    return
  fi
  # Before Linux 5.14. Children may be born meanwhile, hence the caller's loop.
  find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null | while read -r pid; do kill -KILL "$pid" 2>/dev/null; done
}

alive() { # DIRECTORY
  [ -e "$1/cgroup.events" ] && grep -q '^populated 1' "$1/cgroup.events"
}

if [ -f "$folder/cgroups" ]; then
  while read -r type _ directory _; do
    [ "$type" = cgroup2 ] || continue
    for _ in $(seq 100); do
      alive "$directory" || break
      kill_all "$directory"
      sleep 0.1
    done
  done <"$folder/cgroups"
  # The last of a dead process leave the older hierarchies a moment later.
  for _ in $(seq 50); do
    left=
    while read -r _ _ directory _; do
      [ ! -d "$directory" ] || find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null || left=$directory
    done <"$folder/cgroups"
    [ -n "$left" ] || break
    sleep 0.1
  done
  [ -z "$left" ] || echo "stop.sh: cgroup $left is still in use" >&2
fi
rm -rf --one-file-system "$folder"
