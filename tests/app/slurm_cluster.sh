#!/usr/bin/env bash
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
#
# A real Slurm for a test, of one machine that plays two nodes with four GPUs each (character devices stand in
# for them). Everything lies in FOLDER and belongs to the user; it listens on 127.0.0.1 only as far as Slurm can.
#
#   slurm_cluster.sh start FOLDER PORT   takes PORT and the two behind it; 77: Slurm is not installed
#   slurm_cluster.sh stop FOLDER
#
# Commands of Slurm need SLURM_CONF=FOLDER/slurm.conf.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
action=$1
folder=$2
export SLURM_CONF=$folder/slurm.conf

# Waits about a minute for a command to succeed.
await() {
    local end=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$end" ]; do
        "$@" > "$folder/await" 2>&1 && return 0
        sleep 0.1
    done
    echo "slurm_cluster: gave up waiting for: $*" >&2
    cat "$folder/await" "$folder"/*.log >&2
    return 1
}

launch() {
    local name=$1
    shift
    setsid "$@" > "$folder/$name.log" 2>&1 < /dev/null &
    echo $! > "$folder/$name.process"
}

write_configuration() {
    local host user
    host=$(hostname -s)
    user=$(id -un)
    mkdir -p "$folder"/{state,node0,node1}
    chmod 711 "$folder"  # munge wants everybody to reach its socket
    (umask 077 && head -c 1024 /dev/urandom > "$folder/munge.key")
    cat > "$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$1
SlurmUser=$user
SlurmdUser=$user
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
KillWait=5
GresTypes=gpu
NodeName=node[0-1] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$(($1 + 1))-$(($1 + 2))] CPUs=8 RealMemory=1000 Gres=gpu:4
PartitionName=all Nodes=ALL Default=YES MaxTime=60
END
    for device in null zero full random; do
        echo "NodeName=node[0-1] Name=gpu File=/dev/$device"
    done > "$folder/gres.conf"
}

start() {
    for program in slurmctld slurmd sbatch munged; do
        command -v "$program" > /dev/null || exit 77
    done
    write_configuration "$1"
    launch munged munged --foreground --socket="$folder/munge.socket" --key-file="$folder/munge.key" \
        --pid-file="$folder/munge.pid" --log-file="$folder/munge-log" --seed-file="$folder/munge.seed"
    await test -S "$folder/munge.socket"
    launch slurmctld slurmctld -D
    launch slurmd0 slurmd -D -N node0
    launch slurmd1 slurmd -D -N node1
    await both_nodes_are_idle
}

both_nodes_are_idle() { [ "$(timeout 5 sinfo --noheader --Node --states=idle | sort -u | wc -l)" -eq 2 ]; }
no_job_is_left() { [ -z "$(timeout 5 squeue --noheader)" ]; }

stop() {
    timeout 10 scancel --user="$(id -un)" || true
    await no_job_is_left || true
    for name in slurmd0 slurmd1 slurmctld munged; do
        [ -f "$folder/$name.process" ] || continue
        process=$(cat "$folder/$name.process")
        kill "$process" 2> /dev/null || continue
        for _ in $(seq 50); do
            kill -0 "$process" 2> /dev/null || break
            sleep 0.1
        done
        kill -9 "$process" 2> /dev/null || true
    done
}

case "$action" in
    start) start "$3" ;;
    stop) stop ;;
    *) exit 2 ;;
esac
