#!/usr/bin/env bash
# test/run.sh BACKEND PROGRAM [ARGS]: runs one test program as all of them are run.
#   BACKEND  uring, tiny (a ring of 2), epoll, sim (COIL_SEED, else 1), or any (the library's own choice)
# Exit status 77, with a sentence, when the machine lacks the backend. From the environment:
#   COIL_TEST_NO_URING  why io_uring can't be used here, empty when it can; unset: found out
#   COIL_TEST_BACKEND   runs on this one instead, whatever BACKEND says
#   COIL_TEST_WRAPPER   a command that the program is run under (valgrind, setarch)
set -eu
backend=${COIL_TEST_BACKEND-$1}
shift
case $backend in
uring) export COIL_BACKEND=uring ;;
tiny) export COIL_BACKEND=uring COIL_URING_ENTRIES=2 ;;
epoll) export COIL_BACKEND=epoll ;;
sim)
    export COIL_BACKEND=sim COIL_SEED="${COIL_SEED:-1}"
    echo "COIL_BACKEND=sim COIL_SEED=$COIL_SEED" >&2 # first, so that a program that hangs has said it too
    ;;
any) ;;
*)
    echo "run.sh: unknown backend $backend" >&2
    exit 2
    ;;
esac
if [ "${COIL_BACKEND-}" = uring ]; then
    here=$(dirname "$(readlink -f "$0")")
    why=${COIL_TEST_NO_URING-$(python3 "$here/../tools/check/io_uring.py")}
    if [ -n "$why" ]; then
        echo "this machine has no io_uring for us: $why"
        exit 77
    fi
fi
# A parent may ignore signals (a background job ignores SIGINT); the tests begin with the defaults.
# shellcheck disable=SC2086
exec env --default-signal ${COIL_TEST_WRAPPER-} "$@" </dev/null
