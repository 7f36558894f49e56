#!/usr/bin/env bash
# postgres-quorum-up.sh: a primary n1 and synchronous standbys n2 and n3, of which any one confirms.
#
# Prints DIR= and PORTS= (of n1, n2, n3). The user "postgres" connects over the loopback interface
# without a password.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=processes.sh
. "$here/processes.sh"
# shellcheck source=postgres.sh
. "$here/postgres.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-postgres.XXXXXX")
chmod 711 "$dir"
on_exit() {
  local status=$?
  ((status != 0)) || return
  tail -n 5 "$dir"/*.out >&2 || true
  end_all
  rm -rf "$dir"
}
trap on_exit EXIT
trap 'exit 143' INT TERM

read -ra ports <<<"$(free_ports 3)"
cd /
mkdir -m 700 "$dir/n1"
own "$dir/n1"
"${as_postgres[@]}" initdb -D "$dir/n1" -U postgres -A trust --no-sync --no-instructions \
  -E UTF8 --locale=C >"$dir/initdb.out" 2>&1
cat >>"$dir/n1/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 150
shared_buffers = 32MB
synchronous_standby_names = 'ANY 1 (n1, n2, n3)'
wal_keep_size = 256MB
wal_retrieve_retry_interval = 200ms
wal_receiver_timeout = 5s
wal_sender_timeout = 5s
CONF

# A cluster that never ran may be copied as it is.
for standby in n2 n3; do
  cp -a "$dir/n1" "$dir/$standby"
  echo "primary_conninfo = 'host=127.0.0.1 port=${ports[0]} user=postgres application_name=$standby'" \
    >>"$dir/$standby/postgresql.conf"
  touch "$dir/$standby/standby.signal"
  own "$dir/$standby/standby.signal"
done
for i in 0 1 2; do
  node=n$((i + 1))
  start "$node" "${as_postgres[@]}" "$postgres_bin/postgres" -D "$dir/$node" -p "${ports[i]}"
done

is_ready() {
  [[ $(sql "${ports[0]}" "SELECT count(*) FROM pg_stat_replication
    WHERE sync_state = 'quorum' AND state = 'streaming'") == 2 ]]
}
wait_for 30 'two standbys' is_ready

echo "DIR=$dir"
echo "PORTS=${ports[*]}" | tee "$dir/ports"
