#!/usr/bin/env bash
# What a machine can see in the sources, and in the objects of the newest build: format, floors,
# circles, sizes, names, calls, syntax, words, links. Runs all checks; the status says whether any of
# them found something.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
status=0

check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        echo "FAILED  $name"
        sed 's/^/        /' <<<"$output" | head -n 60
        status=1
    fi
}

# Files that git knows and that are there.
tracked() {
    git ls-files -z -- "$@" | while IFS= read -r -d '' name; do
        [ ! -f "$name" ] || printf '%s\0' "$name"
    done
}

check_format() {
    command -v clang-format >/dev/null || { echo "clang-format is not installed"; return 1; }
    tracked '*.c' '*.h' | xargs -0 -r clang-format --dry-run -Werror
}

check_bash() {
    local failed=0 name
    while IFS= read -r -d '' name; do
        case "$(head -c 64 "$name" | head -n 1)" in
        '#!'*sh*) bash -n "$name" || failed=1 ;;
        *) case "$name" in *.sh) bash -n "$name" || failed=1 ;; esac ;;
        esac
    done < <(tracked)
    return $failed
}

check_python() {
    tracked '*.py' | xargs -0 -r python3 -c '
import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name).read(), name)'
}

# no_words PATTERN WHERE...: fails when the pattern is in one of these files. Patterns are written
# so that they do not match themselves.
no_words() {
    local pattern=$1
    shift
    ! tracked "$@" | xargs -0 -r grep -nIE "$pattern" /dev/null
}

check_words() {
    local failed=0
    no_words '\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b' '*.c' '*.h' '*.def' '*.py' '*.js' '*.mjs' '*.sh' \
        '*.md' '*.txt' dev || failed=1
    # Unbounded or silent on errors: snprintf(), buf_* and strtoll() are there instead.
    no_words '\b(strcp[y]|strca[t]|sprint[f]|vsprint[f]|get[s]|ato[i]|strto[k]|alloc[a])\(' \
        'src/*' 'include/*' 'examples/*' || failed=1
    # Addresses of one place's package registries, and paths of one machine.
    no_words 'npm[j]s\.|py[p]i\.|pythonhoste[d]\.|mave[n]\.org|mave[n]\.apache\.org/maven2|(^|[^.a-z])/(wor[k]|hom[e]|roo[t])/' \
        || failed=1
    return $failed
}

check format check_format
check floors python3 tools/check_floors.py
check "floors can fail" python3 tools/test_check_floors.py
check circles python3 tools/check_circles.py
check "circles can fail" python3 tools/test_check_circles.py
check sizes python3 tools/check_sizes.py
check "sizes can fail" python3 tools/test_check_sizes.py
check names python3 tools/check_names.py
check "names can fail" python3 tools/test_check_names.py
check calls python3 tools/check_calls.py
check "calls can fail" python3 tools/test_check_calls.py
check "bash syntax" check_bash
check "python syntax" check_python
check words check_words
check links python3 tools/check_links.py
check "links can fail" python3 tools/test_check_links.py
exit $status
