# shellcheck shell=bash
# tools/dev/programs.sh: what runs programs for longer, or to be looked at: demo, conformance, stress, bench, fuzz, lint, coverage.

PHOTOGRAPHS=build/photographs

# The 12 photographs of Debian's mate-backgrounds, unpacked and not installed. Where they can't be had the
# program draws pictures of its own and says so.
photographs() {
    [[ -d $PHOTOGRAPHS/nature ]] && return
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 0
    rm -rf "$PHOTOGRAPHS.part"
    mkdir -p "$PHOTOGRAPHS.part/package"
    chmod 755 build "$PHOTOGRAPHS.part"
    (
        cd "$PHOTOGRAPHS.part"
        apt-get download -qq mate-backgrounds || {
            as_root apt-get update -qq && apt-get download -qq mate-backgrounds
        }
        dpkg-deb -x mate-backgrounds_*.deb package
    ) </dev/null >build/photographs.log 2>&1 || return 0
    mv "$PHOTOGRAPHS.part/package/usr/share/backgrounds/mate" "$PHOTOGRAPHS" &&
        rm -rf "$PHOTOGRAPHS.part"
}

# pictures PRESET [ARGS]: runs the program, which starts and stops its server; COIL_PICTURES says where
# the photographs are
pictures() {
    local program=build/$1/examples/pictures/pictures
    shift
    photographs
    if [[ -d $PHOTOGRAPHS/nature ]]; then
        export COIL_PICTURES=$ROOT/$PHOTOGRAPHS
    fi
    "$program" --out build/pictures "$@"
}

command_demo() {
    install 'build|demo'
    configure demo
    build demo pictures pictures-server
    pictures demo "$@"
}

command_conformance() {
    install 'build|demo|test'
    mkdir -p "$RESULTS"
    local area targets=()
    for area; do
        targets+=("conformance_${area%%/*}")
    done
    configure release
    build release "${targets[@]-conformance}" >&2
    python3 test/conformance/run.py --build build/release "$@"
}

# soak BACKEND SECONDS: its counts into build/results/soak-BACKEND.log
soak() {
    COIL_STRESS_SECONDS=$2 test/run.sh "$1" build/release/test/test_stress_soak >"$RESULTS/soak-$1.log" 2>&1
}

command_stress() { # [SECONDS] [NAME...], or --seeds N [--first SEED] [NAME...]
    install 'build|demo|test'
    mkdir -p "$RESULTS"
    configure release
    build release >&2
    build release conformance >&2
    if [[ ${1-} == --* ]]; then
        python3 test/stress/run.py --build build/release --jobs $((2 * JOBS)) "$@"
        return
    fi
    local seconds=600 status=0 code backend backends='uring epoll' pids=()
    if [[ ${1-} =~ ^[0-9]+$ ]]; then
        seconds=$1
        shift
    fi
    [[ $# == 0 ]] || backends='' # programs by name: the soak is not one of them
    for backend in $backends; do
        soak "$backend" "$seconds" &
        pids+=($!)
    done
    python3 test/stress/run.py --build build/release --jobs $((2 * JOBS)) --seconds "$seconds" \
        --first "$(date +%s)" "$@" || status=1
    for backend in $backends; do
        code=0
        wait "${pids[0]}" || code=$?
        pids=("${pids[@]:1}")
        printf 'soak on %s:\n' "$backend"
        tail -n 3 "$RESULTS/soak-$backend.log"
        [[ $code == 0 || $code == 77 ]] || status=1
    done
    return "$status"
}

command_bench() { # [--peers] [what bench/run takes]
    local purposes='build|bench'
    if [[ ${1-} == --peers ]]; then
        purposes+='|peers'
        shift
    fi
    install "$purposes"
    configure bench
    build bench benchmarks >&2
    bench/run build/bench "$@"
}

fuzzers() { # the names of those that this machine can build
    sed -n 's/^add_test(.*fuzz\.\([a-z_]*\)\.epoll.*/\1/p' build/fuzz/test/CTestTestfile.cmake
}

# fuzz NAME SECONDS: goes on from the inputs in the repository and from those of earlier runs. What fails is left in
# build/fuzz/found/; made smaller (-minimize_crash=1) it belongs into test/fuzz/corpus/NAME, with the change that mends it.
fuzz() {
    local name=$1 seconds=$2 dir=build/fuzz
    mkdir -p "$dir/corpus/$name" "$dir/found"
    COIL_BACKEND=${COIL_BACKEND-epoll} "$dir/test/fuzz_$name" -max_total_time="$seconds" -max_len=1024 -len_control=0 \
        -timeout=20 -print_final_stats=1 -verbosity=0 -artifact_prefix="$dir/found/$name-" \
        "$dir/corpus/$name" "test/fuzz/corpus/$name"
}

command_fuzz() { # [NAME] [SECONDS]
    install 'build|demo|test|fuzz'
    local name names=() seconds=60 argument
    for argument; do
        case $argument in
        [0-9]*) seconds=$argument ;;
        *) names+=("$argument") ;;
        esac
    done
    configure fuzz
    [[ ${#names[@]} != 0 ]] || mapfile -t names < <(fuzzers)
    build fuzz "${names[@]/#/fuzz_}" >&2
    for name in "${names[@]}"; do
        printf '%s\n' "$name"
        fuzz "$name" "$seconds"
    done
}

command_lint() {
    install lint
    command_test lint
}

command_coverage() {
    install cover
    command_test coverage || true
    python3 tools/check/coverage.py build/coverage/report.json
}
