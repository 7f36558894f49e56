#!/usr/bin/env bash
# patroni-up.sh: three PostgreSQL nodes n1, n2 and n3 that Patroni keeps, with fail-over by itself, over
# three members e1, e2 and e3 of etcd. One synchronous standby always; without any, commits wait.
#
# Prints DIR= and PORTS= (of n1, n2, n3). The user "postgres" connects over the loopback interface
# without a password.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=processes.sh
. "$here/processes.sh"
# shellcheck source=postgres.sh
. "$here/postgres.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-patroni.XXXXXX")
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

read -ra ports <<<"$(free_ports 12)"
cd /

members=
for i in 1 2 3; do
  members+=${members:+,}e$i=http://127.0.0.1:${ports[5 + i]}
done
for i in 1 2 3; do
  start "e$i" etcd --name "e$i" --data-dir "$dir/e$i" --log-level warn \
    --listen-client-urls "http://127.0.0.1:${ports[8 + i]}" \
    --advertise-client-urls "http://127.0.0.1:${ports[8 + i]}" \
    --listen-peer-urls "http://127.0.0.1:${ports[5 + i]}" \
    --initial-advertise-peer-urls "http://127.0.0.1:${ports[5 + i]}" \
    --initial-cluster "$members" --initial-cluster-state new
done

for i in 1 2 3; do
  node=$dir/n$i
  mkdir -m 700 "$node"
  cat >"$node/patroni.yml" <<YAML
scope: vault
name: n$i
restapi: {listen: "127.0.0.1:${ports[2 + i]}", connect_address: "127.0.0.1:${ports[2 + i]}"}
etcd3: {hosts: "127.0.0.1:${ports[9]},127.0.0.1:${ports[10]},127.0.0.1:${ports[11]}"}
bootstrap:
  dcs:
    ttl: 5
    loop_wait: 1
    retry_timeout: 2
    maximum_lag_on_failover: 1048576
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters:
        max_connections: 150
        shared_buffers: 32MB
        wal_keep_size: 256MB
        wal_retrieve_retry_interval: 200ms
  initdb: [data-checksums, no-sync, {encoding: UTF8}, {locale: C}, {auth: trust}]
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
postgresql:
  listen: "127.0.0.1:${ports[i - 1]}"
  connect_address: "127.0.0.1:${ports[i - 1]}"
  data_dir: $node/data
  bin_dir: $postgres_bin
  pgpass: $node/pgpass
  authentication:
    superuser: {username: postgres}
    replication: {username: postgres}
    rewind: {username: postgres}
  parameters: {unix_socket_directories: ""}
  remove_data_directory_on_rewind_failure: true
  remove_data_directory_on_diverged_timelines: true
YAML
  own "$node"
  start "n$i" "${as_postgres[@]}" env HOME="$node" PYTHONUNBUFFERED=1 patroni "$node/patroni.yml"
done

# Copies that standbys begin with are streamed, too, by connections of another name.
is_ready() {
  local port
  for port in "${ports[@]:0:3}"; do
    [[ $(sql "$port" "SELECT string_agg(sync_state, ' ' ORDER BY sync_state) FROM pg_stat_replication
      WHERE state = 'streaming' AND current_setting('synchronous_standby_names') <> '*'
        AND application_name IN ('n1', 'n2', 'n3')") != 'async sync' ]] || return 0
  done
  return 1
}
wait_for 90 'two standbys, one of them synchronous' is_ready

echo "DIR=$dir"
echo "PORTS=${ports[*]:0:3}" | tee "$dir/ports"
