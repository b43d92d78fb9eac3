#!/usr/bin/env bash
# Takes a cluster down at its deadline, and with an owner as soon as that is gone: its end of standard input closes then,
# however it died.
#
#   guard.sh FOLDER SECONDS owner|nobody
set -uo pipefail
trap '' HUP INT
if [ "$3" = owner ]; then timeout "$2" cat >/dev/null; else sleep "$2"; fi
exec bash "$(dirname "$0")/stop.sh" "$1"
