# Where PostgreSQL is, and whom it runs as; sourced after processes.sh.

postgres_bin=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
PATH=$postgres_bin:$PATH

# PostgreSQL refuses to run as root: it runs as the user that its package makes.
as_postgres=()
if ((EUID == 0)); then
  as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi

# own PATH…: hands files to the user that PostgreSQL runs as.
own() {
  ((EUID != 0)) || chown -R postgres: "$@"
}

# sql PORT STATEMENT: as superuser; rows as bare text.
sql() {
  PGCONNECT_TIMEOUT=3 psql -XqAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$1" -U postgres -d postgres -c "$2"
}
