#!/usr/bin/env bash
# faults.sh DIR kill|stop|continue|start NAME…: what can happen to the processes of an engine.
#
# "kill" is a crash, with all that the process started; "stop" holds it still as a hung machine, and
# "continue" lets it go on; "start" brings back what was killed.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "$(readlink -f "$0")")/processes.sh"

dir=$(readlink -f "${1:?DIR}")
fault=${2:?kill, stop, continue or start}
shift 2
for name in "$@"; do
  case $fault in
    kill) kill_hard "$name" ;;
    stop) on_all_of freeze "$name" >/dev/null ;;
    continue) on_all_of thaw "$name" ;;
    start)
      if ! runs "$name"; then
        # PostgreSQL takes a dead process that nobody has waited for yet for a living one.
        rm -f "$dir/$name/postmaster.pid"
        start_again "$name"
      fi
      ;;
    *)
      echo "Cannot make the fault \"$fault\": it is none of kill, stop, continue, start" >&2
      exit 2
      ;;
  esac
done
