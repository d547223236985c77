#!/usr/bin/env bash
# What a script sends with nc or socat: a datagram a command, or a frame.
set -euo pipefail

# A frame: four bytes of length, the least significant first, and the payload.
frame() {
    local LC_ALL=C byte
    local length=${#1}
    for byte in 0 8 16 24; do
        # shellcheck disable=SC2059
        printf "\\x$(printf %02x $((length >> byte & 255)))"
    done
    printf %s "$1"
}

case $TRANSPORT in
    udp)
        host=$DD_AGENT_HOST port=$DD_DOGSTATSD_PORT
        nc() { command nc -u -q0 "$host" "$port"; }
        socat() { command socat -u - "UDP-SENDTO:$host:$port"; }
        device() { cat >"/dev/udp/$host/$port"; }
        ;;
    unixgram)
        nc() { command nc -uU -q0 "$DD_DOGSTATSD_SOCKET"; }
        socat() { command socat -u - "UNIX-SENDTO:$DD_DOGSTATSD_SOCKET"; }
        # bash has no such device for a Unix socket.
        device() { socat; }
        ;;
    unixstream)
        nc() { frame "$(cat)" | command nc -NU "$DD_DOGSTATSD_STREAM_SOCKET"; }
        socat() { frame "$(cat)" | command socat -u - "UNIX-CONNECT:$DD_DOGSTATSD_STREAM_SOCKET"; }
        device() { socat; }
        ;;
esac

echo "shell.views:1|c|#page:home,env:test" | nc &
printf 'shell.views:2|c|#env:test,page:home' | socat
printf 'shell.views:1:-3:2|c|#env:test,page:cart\n' | device
printf 'shell.sampled:3|c|@0.25\n' | socat
printf 'shell.queue:7|g\nshell.queue:-42.5|g\n' | nc &
printf 'shell.size:1:2:3:4|h\nshell.size:10|h|@0.5\n' | socat
printf 'shell.load:1:2:3:4:5|d|#core:0\n' | socat
printf 'shell.time:320|ms|#env:test\n' | socat
printf 'shell.users:alice|s\nshell.users:bob|s\nshell.users:alice|s\n' | nc &
printf 'shell.past:9|g|T1700000000\nshell.past:4|c|T1700000010\n' | socat
printf '_e{9,12}:Déploy 2|v2 a\\nfailed|d:1700000000|h:web-1|k:deploys|p:low|s:shell|t:error|#env:test\n' | socat
printf '_sc|db.up|2|d:1700000000|h:db-1|#env:test|m:no answer\n' | nc &
# nc stays for a second.
wait
