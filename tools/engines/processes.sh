# Starts, watches and ends the processes of an engine; sourced by its scripts, which set "dir".
#
# Each process is recorded in $dir/pids/NAME as "PID STARTTIME". The start time is compared before any
# signal, so that no other process is hit that got the same number.

# free_ports COUNT: as many free ports of the loopback interface, in one line.
free_ports() {
  node --input-type=commonjs -e '
    const { createServer } = require("node:net");
    const servers = Array.from({ length: +process.argv[1] }, () => createServer());
    let waiting = servers.length;
    for (const server of servers) server.listen(0, "127.0.0.1", () => {
      if (--waiting > 0) return;
      console.log(...servers.map((each) => each.address().port));
      for (const each of servers) each.close();
    });' "$1"
}

# start_time PID: when the process started, in the kernel's ticks; nothing when it is gone.
start_time() {
  local fields
  fields=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # The name, in brackets, may hold spaces. What follows it begins with the state.
  read -ra fields <<<"${fields##*) }"
  [[ ${fields[0]} == Z ]] || echo "${fields[19]}"
}

# start NAME COMMAND…: in a session of its own, output to $dir/NAME.out.
start() {
  local name=$1
  shift
  mkdir -p "$dir/pids" "$dir/commands"
  printf '%q ' "$@" >"$dir/commands/$name"
  setsid "$@" >>"$dir/$name.out" 2>&1 </dev/null &
  echo "$! $(start_time $!)" >"$dir/pids/$name"
  disown $!
}

# start_again NAME: as it was started before.
start_again() {
  local command
  eval "command=($(cat "$dir/commands/$1"))"
  start "$1" "${command[@]}"
}

# pid_of NAME: its number; fails when it does not run.
pid_of() {
  local pid started
  read -r pid started 2>/dev/null <"$dir/pids/$1" || return 1
  [[ -n $started && $(start_time "$pid") == "$started" ]] && echo "$pid"
}

runs() { pid_of "$1" >/dev/null; }
is_gone() { ! runs "$1"; }

# send SIGNAL NAME
send() {
  local pid
  pid=$(pid_of "$2") || return 0
  kill "-$1" "$pid" 2>/dev/null || true
}

# wait_for SECONDS WHAT COMMAND…: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= end)); then
      echo "Cannot wait for $what any longer" >&2
      return 1
    fi
    sleep 0.1
  done
}

# freeze PID: holds it still, and the processes that it started (PostgreSQL's backends). Prints their
# numbers, its own first: from then on there are no more of them.
freeze() {
  local children
  kill -STOP "$1" 2>/dev/null || return 0
  children=$(cat "/proc/$1/task/"*/children)
  # shellcheck disable=SC2086 # a list of numbers
  [[ -z $children ]] || kill -STOP $children 2>/dev/null || true
  echo "$1 $children"
}

# thaw PID: lets it go on after freeze.
thaw() {
  # shellcheck disable=SC2046 # a list of numbers
  kill -CONT $(freeze "$1") 2>/dev/null || true
}

# kill_tree PID: as a crash would, with the processes that it started.
kill_tree() {
  # shellcheck disable=SC2046 # a list of numbers
  kill -KILL $(freeze "$1") 2>/dev/null || true
}

# postmaster_of NAME: number of the PostgreSQL that a Patroni node keeps, which is no child of it.
postmaster_of() {
  local pid
  read -r pid 2>/dev/null <"$dir/$1/data/postmaster.pid" || return 1
  grep -qsF "$dir/$1/" "/proc/$pid/cmdline" && echo "$pid"
}

is_all_gone() { is_gone "$1" && ! postmaster_of "$1"; }

# on_all_of COMMAND NAME: calls it with the number of the process, and of the PostgreSQL that it keeps.
on_all_of() {
  local pid
  ! pid=$(pid_of "$2") || "$1" "$pid"
  ! pid=$(postmaster_of "$2") || "$1" "$pid"
}

# kill_hard NAME: with all that it keeps, as a crash of its machine would.
kill_hard() {
  on_all_of kill_tree "$1"
  wait_for 5 "the end of $1" is_all_gone "$1"
}

# end_all: by force, but so that PostgreSQL gives its shared memory back.
end_all() {
  local name names pid
  names=$(ls -t "$dir/pids" 2>/dev/null)
  for name in $names; do
    on_all_of thaw "$name"
    if [[ -e $dir/$name/postmaster.pid ]]; then
      send QUIT "$name"
    else
      send KILL "$name"
    fi
    ! pid=$(postmaster_of "$name") || kill -QUIT "$pid"
  done
  for name in $names; do
    wait_for 10 "the end of $name" is_all_gone "$name" 2>/dev/null || kill_hard "$name"
  done
}
