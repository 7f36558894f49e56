#!/usr/bin/env bash
# postgres-quorum-promote.sh DIR: after the primary's end, makes the standby that has most the new one, and
# lets the other follow it. Prints PRIMARY=.
#
# The old primary must be gone, and both standbys must answer: one alone can lack what the other confirmed.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=processes.sh
. "$here/processes.sh"
# shellcheck source=postgres.sh
. "$here/postgres.sh"

dir=$(readlink -f "${1:?DIR}")
read -ra ports <<<"$(sed 's/^PORTS=//' "$dir/ports")"
cd /

port_of() { echo "${ports[${1#n} - 1]}"; }

# received NODE: how far it has the log, as a number.
received() {
  local lsn
  lsn=$(sql "$(port_of "$1")" \
    "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) WHERE pg_is_in_recovery()")
  [[ -n $lsn ]] && echo $(((16#${lsn%/*} << 32) + 16#${lsn#*/}))
}

standbys=()
for node in n1 n2 n3; do
  if [[ -e $dir/$node/standby.signal ]]; then
    standbys+=("$node")
  elif runs "$node"; then
    echo "Cannot promote: the primary, $node, still runs" >&2
    exit 1
  fi
done
((${#standbys[@]} == 2)) || {
  echo "Cannot promote: there are ${#standbys[@]} standbys rather than 2" >&2
  exit 1
}
new=${standbys[0]} other=${standbys[1]}
if (($(received "$other") > $(received "$new"))); then
  new=${standbys[1]} other=${standbys[0]}
fi

"${as_postgres[@]}" pg_ctl -D "$dir/$new" -t 30 -w promote >>"$dir/promote.out"
sql "$(port_of "$other")" "ALTER SYSTEM SET primary_conninfo =
  'host=127.0.0.1 port=$(port_of "$new") user=postgres application_name=$other'"
sql "$(port_of "$other")" 'SELECT pg_reload_conf()' >/dev/null
is_followed() {
  [[ $(sql "$(port_of "$new")" \
    "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == 1 ]]
}
wait_for 20 "$other to follow $new" is_followed
echo "PRIMARY=$new"
