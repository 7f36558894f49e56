#!/usr/bin/env bash
# hold.sh ENGINE: starts an engine and keeps it until the standard input ends.
#
# Prints what ENGINE-up.sh does, then READY. Who started this with a pipe need not clean up: however
# that process ends, the pipe ends with it.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

settings=$("$here/${1:?ENGINE}-up.sh")
dir=$(sed -n 's/^DIR=//p' <<<"$settings")
trap '"$here/down.sh" "$dir"' EXIT
trap '' INT TERM HUP PIPE
printf '%s\nREADY\n' "$settings"
cat >/dev/null
