# shellcheck shell=bash
# tools/dev/test.sh: `./dev test`: a process for each step, a line for each, and the sum.

QUICK_STEPS='format includes syscalls contracts surface headers compile release conformance seeds differential capabilities refused places asan
conformance-asan tsan twins counts demo package aarch64'
ALL_STEPS='clang differential-all ucontext tsan-all valgrind asleep stress fuzz deb lint coverage'

# these keep one processor busy and build nothing: those of them that follow each other run side by side
SIDE_BY_SIDE=' format includes syscalls contracts surface '

run_step() { # NAME
    local name=$1 status=0 begin=$SECONDS tsv=$RESULTS/$1.tsv log=$RESULTS/$1.log
    : >"$tsv"
    "$SELF" --step "$name" >"$log" 2>&1 </dev/null || status=$?
    if [[ $status != 0 ]]; then
        printf 'failed\t%s\tthe step itself ended with status %d\n' "$name" "$status" >>"$tsv"
    fi
    echo $((SECONDS - begin)) >"$RESULTS/$name.seconds"
}

tell_step() { # NAME
    local name=$1 tsv=$RESULTS/$1.tsv log=$RESULTS/$1.log passed failed skipped
    passed=$(grep -c '^passed' "$tsv" || true)
    failed=$(grep -c '^failed' "$tsv" || true)
    skipped=$(grep -c '^skipped' "$tsv" || true)
    printf '%-18s %5d passed %4d failed %4d skipped %6d s\n' \
        "$name" "$passed" "$failed" "$skipped" "$(<"$RESULTS/$name.seconds")"
    awk -F '\t' '$1 == "skipped" { n[$3]++; if (!($3 in one)) one[$3] = $2 }
        END { for (why in n) printf "    skipped: %s%s: %s\n", one[why], (n[why] > 1 ? " and " n[why] - 1 " more" : ""), why }' "$tsv"
    if [[ $failed != 0 ]]; then
        awk -F '\t' '$1 == "failed" { printf "    FAILED: %s %s\n", $2, $3 }' "$tsv"
        printf '    ---- the end of %s\n' "$log"
        tail -n "${COIL_TEST_TAIL:-120}" "$log" | sed 's/^/    | /'
    fi
}

run_steps() { # NAME...
    local name running=()
    for name; do
        if [[ ${#running[@]} != 0 && $SIDE_BY_SIDE != *" $name "* ]]; then
            tell_running
        fi
        run_step "$name" &
        running+=("$name")
        [[ $SIDE_BY_SIDE == *" $name "* ]] || tell_running
    done
    tell_running
}

# waits for the steps in `running`, and tells them in their order
tell_running() {
    wait
    local name
    for name in "${running[@]}"; do
        tell_step "$name"
    done
    running=()
}

command_test() {
    local steps='' argument begin=$SECONDS
    for argument; do
        case $argument in
        --all) export COIL_TEST_ALL=1 ;;
        -*) die "test: unknown option $argument" ;;
        *)
            declare -F "step_$argument" >/dev/null || die "no step $argument; there are: $QUICK_STEPS $ALL_STEPS"
            steps+=" $argument"
            ;;
        esac
    done
    [[ -n $steps ]] || steps="$QUICK_STEPS ${COIL_TEST_ALL:+$ALL_STEPS}"
    install "build|demo|test${COIL_TEST_ALL:+|bench|fuzz|cover|lint|all|deb}"
    rm -rf "$RESULTS"
    mkdir -p "$RESULTS"
    COIL_TEST_NO_URING=$(no_uring)
    export COIL_TEST_NO_URING
    export CK_TIMEOUT_MULTIPLIER=${CK_TIMEOUT_MULTIPLIER:-4}
    # shellcheck disable=SC2086
    run_steps $steps
    local tsv=("$RESULTS"/*.tsv)
    printf '%d min %d s\n' $(((SECONDS - begin) / 60)) $(((SECONDS - begin) % 60))
    awk -F '\t' '{ n[$1]++ }
        END { printf "%d passed, %d failed, %d skipped\n", n["passed"], n["failed"], n["skipped"]; exit !(n["failed"] == 0 && n["passed"] > 0) }' "${tsv[@]}"
}
