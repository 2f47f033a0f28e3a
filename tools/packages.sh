# Which packages the commands need, and how to get them. Sourced by ./dev.
#
# A row is: group, how to see that it is there, Debian's package (several: the first that this
# release has). Probes: cmd:a|b a program of that name, pc:x pkg-config knows x, and functions.

packages() {
    cat <<'END'
build  cmd:gcc                          gcc
build  has_libc_headers                 libc6-dev
build  cmd:cmake                        cmake
build  cmd:ninja|make                   ninja-build make
build  cmd:pkg-config                   pkg-config pkgconf
build  pc:rdkafka                       librdkafka-dev
build  pc:libuv                         libuv1-dev
build  pc:inih                          libinih-dev
build  pc:avro-c                        libavro-dev
build  pc:libcurl                       libcurl4-openssl-dev
check  cmd:git                          git
check  cmd:clang-format                 clang-format
check  cmd:ctags                        universal-ctags
check  cmd:python3                      python3
test   pc:cmocka                        libcmocka-dev
test   pc:jansson                       libjansson-dev
test   cmd:clang                        clang
test   cmd:c++|clang++                  g++
test   cmd:make                         make
test   has_python_venv                  python3-venv
test   has_java                         openjdk-17-jre-headless openjdk-21-jre-headless default-jre-headless
test   cmd:mvn                          maven
test   cmd:node                         nodejs
test   cmd:npm                          npm
test   cmd:chromium|chromium-browser    chromium
test   cmd:firefox-esr|firefox          firefox-esr firefox
test   cmd:curl                         curl
test   cmd:openssl                      openssl
test   cmd:haproxy                      haproxy
test   cmd:nginx                        nginx-light nginx
test   has_http_tiny                    perl
test   cmd:valgrind                     valgrind
late   has_libfuzzer                    LIBFUZZER
END
}

has_libc_headers() { [ -e /usr/include/stdio.h ] || [ -e /usr/include/bits/alltypes.h ]; }
has_python_venv() { "$(python_program)" -c 'import venv, ensurepip' 2>/dev/null; }
has_http_tiny() { perl -MHTTP::Tiny -e 1 2>/dev/null; }
has_java() { java -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])'; }

has_libfuzzer() {
    mkdir -p .cache
    echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n < 0; }' |
        clang -x c - -fsanitize=fuzzer -o .cache/probe 2>/dev/null
    local status=$?
    rm -f .cache/probe
    return $status
}

# The system's Python, which python3-venv belongs to, before any other one in the PATH.
python_program() {
    if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else echo python3; fi
}

is_there() {
    local name
    case "$1" in
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    cmd:*)
        for name in $(tr '|' ' ' <<<"${1#cmd:}"); do
            PATH=$PATH:/usr/sbin command -v "$name" >/dev/null && return 0
        done
        return 1
        ;;
    *) "$1" ;;
    esac
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

can_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# The first of the names that this release has; the first one when apt cannot tell.
pick_package() {
    local name
    if [ "$1" = LIBFUZZER ]; then
        set -- "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev" libclang-rt-dev
    fi
    for name in "$@"; do
        if apt-cache show "$name" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "$1"
}

# Names of the packages that the groups lack.
missing_packages() {
    local group probe names
    while read -r group probe names; do
        case " $* " in
        *" $group "*) is_there "$probe" </dev/null || pick_package $names ;;
        esac
    done < <(packages)
}

# need_packages GROUP...: installs what is missing, or says what is, and goes on.
need_packages() {
    install_packages "$(missing_packages "$@")"
    case " $* " in
    *" test "*) install_packages "$(missing_packages late)" ;; # which one depends on clang
    esac
}

install_packages() {
    local missing
    missing=$(tr '\n' ' ' <<<"$1")
    [ -n "${missing// /}" ] || return 0
    if ! can_install; then
        echo "Not installed, and there is no apt to do it: $missing(Debian's names)." >&2
        echo "Going on; what cannot work without them will say so." >&2
        return 0
    fi
    echo "Installing $missing"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get install -qq -y --no-install-recommends $missing >/dev/null 2>&1 && return
    as_root apt-get update -qq || true
    as_root apt-get install -qq -y --no-install-recommends $missing >/dev/null ||
        echo "apt-get could not install all of these; going on." >&2
}
