#!/usr/bin/env bash
# down.sh DIR: ends what the "up" script that printed this folder started, and nothing else; removes it.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "$(readlink -f "$0")")/processes.sh"

dir=$(readlink -f "${1:?DIR}")
[[ -d $dir/pids ]] || {
  echo "Cannot end an engine: $dir is not an engine's folder" >&2
  exit 1
}
end_all
rm -rf "$dir"
