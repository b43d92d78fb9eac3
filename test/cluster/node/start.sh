#!/usr/bin/env bash
# Starts a one-node cluster in cgroups, mounts and a network of its own and stays as the process that holds them.
#
#   start.sh FOLDER BINARIES IMAGES
#
# All of it runs below one cgroup: take-down kills that cgroup, so nothing can be forgotten. The cgroup is the root of a
# cgroup namespace, so that paths inside read as on a machine (`/kubepods/…`) and two kubelets do not end each other's
# pods as orphans.
set -euo pipefail
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
group=saccade-$(basename "$folder")

mount_of() { # TYPE CONTROLLERS
  awk -v type="$1" -v controllers="$2" '{
    split($0, halves, " - "); split(halves[2], fields, " ")
    if (fields[1] == type && (type == "cgroup2" || index("," fields[3] ",", "," controllers ","))) { print $5; exit }
  }' /proc/self/mountinfo
}

hand_down_controllers() { # DIRECTORY
  read -r -a all <"$1/cgroup.controllers" || true
  for controller in "${all[@]}"; do
    echo "+$controller" >"$1/cgroup.subtree_control" || echo "start.sh: cgroup2 without $controller" >&2
  done
}

: >"$folder/cgroups"
# Read at once: the paths change as this process moves.
mapfile -t hierarchies </proc/self/cgroup
for hierarchy in "${hierarchies[@]}"; do
  IFS=: read -r id controllers path <<<"$hierarchy"
  type=cgroup
  [ "$id" = 0 ] && type=cgroup2
  mount=$(mount_of $type "$controllers")
  [ -n "$mount" ] || continue
  # Of a lone cgroup2 hierarchy only the root may have both processes and groups that get controllers.
  if [ "$mount" = /sys/fs/cgroup ]; then
    path=
    hand_down_controllers "$mount"
  fi
  directory=$mount${path%/}/$group
  mkdir "$directory"
  printf '%s %s %s %s\n' "$type" "$mount" "$directory" "$controllers" >>"$folder/cgroups"
  if [ "$controllers" = cpuset ]; then
    cat "$(dirname "$directory")/cpuset.cpus" >"$directory/cpuset.cpus"
    cat "$(dirname "$directory")/cpuset.mems" >"$directory/cpuset.mems"
    echo 1 >"$directory/cgroup.clone_children"
  fi
  echo $$ >"$directory/cgroup.procs"
done

exec unshare --mount --net --cgroup bash "$here/node.sh" "$@"
