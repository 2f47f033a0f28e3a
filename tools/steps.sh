# The stages of ./dev test: each is timed, keeps a log, shows it when it fails, and is counted.
# Sourced by ./dev.

LOGS=.cache/log
VENV=.cache/venv
mkdir -p $LOGS

# configure FOLDER [CMake options]: Ninja where it is there.
configure() {
    local folder=$1 generator=()
    shift
    if [ ! -e "$folder/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        generator=(-G Ninja)
    fi
    cmake -S . -B "$folder" "${generator[@]}" "$@" >"$LOGS/cmake-$folder.log" 2>&1 || {
        cat "$LOGS/cmake-$folder.log" >&2
        return 1
    }
}

# compile FOLDER TARGET...
compile() {
    local folder=$1
    shift
    cmake --build "$folder" --target "$@" --parallel "$(nproc)"
}

build_tree() {
    local folder=$1
    shift
    configure "$folder" -DBUILD_TESTING=ON "$@" && compile "$folder" all
}

# record NAME PASSED FAILED SKIPPED: for the summary.
record() {
    echo "$2 $3 $4 $1" >>.cache/results/counts
}

log_name() {
    echo "$LOGS/$(tr -c 'a-z0-9\n' '-' <<<"$1" | tr -s '-').log"
}

# step NAME COMMAND...: quiet when it works; its log when not, which is counted. COMMAND must not
# rely on `set -e`, which is off in conditions.
step() {
    local name=$1 log begin=$SECONDS
    log=$(log_name "$name")
    shift
    if "$@" >"$log" 2>&1; then
        echo "ok      $name ($((SECONDS - begin)) s)"
        return 0
    fi
    echo "FAILED  $name ($((SECONDS - begin)) s); $log ends with:"
    tail -n 60 "$log" | sed 's/^/        /'
    record "$name" 0 1 0
    return 1
}

# For one program of unit tests, in seconds. The slowest, the simulator with ASan, needs a tenth of
# that on a quiet machine.
CTEST_LIMIT_S=900

# step_ctest NAME FOLDER [ctest options]: the unit tests and the simulator of a build.
step_ctest() {
    local name=$1 folder=$2 log begin=$SECONDS total failed
    shift 2
    log=$(log_name "$name")
    ctest --test-dir "$folder" --output-on-failure --no-tests=error --timeout $CTEST_LIMIT_S \
        -j "$(nproc)" "$@" >"$log" 2>&1 || true
    total=$(sed -n 's/.*tests passed, [0-9]* tests\{0,1\} failed out of \([0-9]*\).*/\1/p' "$log")
    failed=$(sed -n 's/.*tests passed, \([0-9]*\) tests\{0,1\} failed out of.*/\1/p' "$log")
    if [ -z "$total" ]; then
        total=1 failed=1
    fi
    record "$name" $((total - failed)) "$failed" 0
    if [ "$failed" = 0 ]; then
        echo "ok      $name ($((SECONDS - begin)) s): $total"
        return 0
    fi
    echo "FAILED  $name ($((SECONDS - begin)) s): $failed of $total; from $log:"
    grep -v ' Passed ' "$log" | tail -n 100 | sed 's/^/        /'
    return 0
}

# step_pytest NAME PROGRAM TEST...: these system tests against that program. There is no limit for
# all: each test has its own (tests/system/harness/limit.py).
step_pytest() {
    local name=$1 program=$2 begin=$SECONDS report=.cache/results/pytest.xml status=0
    shift 2
    rm -f "$report"
    echo "        $name:"
    ASAN_OPTIONS=detect_leaks=1 KAFKASSE_BIN=$PWD/$program "$VENV/bin/python" \
        -m pytest "$@" -q --tb=short --junitxml="$report" -o junit_family=xunit2 || status=$?
    "$(python_program)" - "$report" "$status" "$name" >>.cache/results/counts <<'END' || record "$name" 0 1 0
import sys
import xml.etree.ElementTree as tree

suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
failed = int(suite.get("failures")) + int(suite.get("errors"))
skipped = int(suite.get("skipped"))
passed = int(suite.get("tests")) - failed - skipped
print(max(passed, 0), failed or int(sys.argv[2] != "0"), skipped, sys.argv[3])
END
    echo "        $name took $((SECONDS - begin)) s"
}

# Where threads of ours meet, for ThreadSanitizer. The system tests of workers are there, too.
TSAN_UNIT_TESTS=(test_admission test_avro_registry test_avro_room test_avro_schema_loader
    test_config_snapshot test_daemon_log_queue test_snapshot_change test_worker_group
    test_given_authorize test_inbox test_kafka_callbacks test_kafka_lookup test_kafka_reader
    test_pull test_pull_ends test_serve_fd test_server test_server_authorize test_signals
    test_thread)
export TSAN_OPTIONS="suppressions=$PWD/tests/tsan/suppressions"

build_tsan() {
    configure build-tsan -DBUILD_TESTING=ON -DSANITIZE=thread &&
        compile build-tsan kafkasse "${TSAN_UNIT_TESTS[@]}"
}

step_ctest_tsan() {
    local names
    names=$(IFS='|' && echo "${TSAN_UNIT_TESTS[*]}")
    step_ctest "tests of threads (TSan)" build-tsan -R "^($names)\$"
}

# step_fuzz SECONDS: every fuzz target for that long. Findings stay in build-fuzz/.
step_fuzz() {
    step "build (clang, libFuzzer)" build_tree build-fuzz -DCMAKE_C_COMPILER=clang \
        -DBUILD_FUZZERS=ON -DBUILD_TESTING=OFF || return 0
    local source name
    for source in tests/fuzz/fuzz_*.c; do
        name=$(basename "$source" .c)
        if step "$name for $1 s" fuzz_one "$name" "$1"; then
            record "$name" 1 0 0
        fi
    done
}

# With the dictionary of its name, or of the name's first word: json.dict is for fuzz_json_reader, too.
fuzz_one() {
    local name=$1 word=${1#fuzz_} seeds=() words=() program dictionary
    program=$(find build-fuzz -name "$name" -type f -perm -u+x | head -n 1)
    [ -n "$program" ] || return 1
    mkdir -p "build-fuzz/corpus/$name"
    for dictionary in "tests/fuzz/$word.dict" "tests/fuzz/${word%%_*}.dict"; do
        [ ! -e "$dictionary" ] || words=("-dict=$dictionary")
    done
    [ ! -d "tests/fuzz/corpus/$name" ] || seeds=("tests/fuzz/corpus/$name")
    "$program" -max_total_time="$2" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="build-fuzz/$name-" "${words[@]}" "build-fuzz/corpus/$name" "${seeds[@]}"
}

# once NAME FILE... -- COMMAND...: runs the command unless it has worked with these very contents.
once() {
    local stamp=.cache/stamps/$1 key files=()
    shift
    while [ "$1" != -- ]; do
        files+=("$1")
        shift
    done
    shift
    key=$(cat "${files[@]}" | sha256sum)
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$key" ]; then
        return 0
    fi
    mkdir -p .cache/stamps
    rm -f "$stamp"
    "$@" && echo "$key" >"$stamp"
}

fetch_test_tools() {
    once venv tests/system/requirements.txt tests/system/requirements-apart.txt -- make_venv &&
        once npm tests/system/package.json tests/system/package-lock.json -- \
            npm ci --prefix tests/system &&
        once kafka tests/system/kafka/pom.xml -- fetch_kafka
}

# What is installed apart has a module of the same name as another client.
make_venv() {
    rm -rf $VENV
    "$(python_program)" -m venv $VENV &&
        $VENV/bin/pip install --quiet -r tests/system/requirements.txt &&
        $VENV/bin/pip install --quiet --no-deps --target $VENV/apart \
            -r tests/system/requirements-apart.txt
}

fetch_kafka() {
    rm -rf .cache/kafka
    mvn -B -q -f tests/system/kafka/pom.xml dependency:copy-dependencies \
        -DoutputDirectory="$PWD/.cache/kafka"
}

# The last line that ./dev test prints, and its exit status.
summary() {
    awk '{ passed += $1; failed += $2; skipped += $3 }
        END {
            printf "%d passed, %d failed", passed, failed
            if (skipped) printf ", %d skipped", skipped
            print ""
            exit failed > 0 || passed == 0
        }' .cache/results/counts
}
