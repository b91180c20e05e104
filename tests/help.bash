# For every bats file: `load help`.  Gives each test a private folder, where it runs; the tools of
# the variant under test first in PATH; and an environment that does not depend on the machine.
#
#	ROOT            the checkout
#	ROWPIPE_BIN     executables (default: the checkout's bin)
#	ROWPIPE_TESTS   test executables, built from tests/drivers
#	ROWPIPE_VARIANT release, asan, ...
#	TEMP            the private folder, removed after the test
#	stdout, stderr  files with the output of the last expect_status

ROOT=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
export ROWPIPE_VARIANT=${ROWPIPE_VARIANT:-release}
export ROWPIPE_BIN=${ROWPIPE_BIN:-$ROOT/bin}
export ROWPIPE_TESTS=${ROWPIPE_TESTS:-$ROOT/bin/.build/$ROWPIPE_VARIANT/tests}
export PATH=$ROWPIPE_BIN:$PATH LC_ALL=C TZ=UTC
# Since 1.4 bats has one folder for all tests of a file.
if [ -z "${BATS_FILE_TMPDIR:-}" ] && [ -n "${BATS_RUN_TMPDIR:-}" ]; then
	export BATS_FILE_TMPDIR=$BATS_RUN_TMPDIR/${BATS_TEST_FILENAME##*/}.files
	mkdir -p "$BATS_FILE_TMPDIR"
fi

# A file with a setup or teardown of its own calls these two in it.
enter_temp() {
	TEMP=$(mktemp -d "${TMPDIR:-/tmp}/rowpipe.XXXXXX")
	stdout=$TEMP/.stdout stderr=$TEMP/.stderr
	cd "$TEMP" || return
}

leave_temp() {
	cd /
	[ -z "${TEMP:-}" ] || rm -rf -- "$TEMP"
}

setup() {
	enter_temp
}

teardown() {
	leave_temp
}

# await COMMAND…: until it succeeds, 60 s at most.
await() {
	local deadline=$((SECONDS + 60))
	until "$@"; do
		[ $SECONDS -lt $deadline ] || { echo "not in 60 s: $*"; return 1; }
		sleep 0.05
	done
}

# waits PID: it has no child, and waits, be it for input.
waits() {
	! pgrep -P "$1" >/dev/null && [ "$(ps -o state= -p "$1")" = S ]
}

# Output, made printable and cut: it may be a stream.
show_output() {
	echo "--- stdout ($(wc -c <"$stdout") bytes)"
	head -c 4000 "$stdout" | cat -v
	echo "--- stderr ($(wc -c <"$stderr") bytes)"
	head -c 4000 "$stderr" | cat -v
	echo "---"
}

# expect_status N COMMAND…: COMMAND must exit with N.
expect_status() {
	local expected=$1
	shift
	status=0
	"$@" >"$stdout" 2>"$stderr" || status=$?
	[ "$status" -eq "$expected" ] && return
	echo "command: $(printf '%q ' "$@")"
	echo "exit code $status, expected $expected"
	show_output
	return 1
}

# expect_stdout TEXT, expect_stderr TEXT: the last output was exactly TEXT and a newline; '' is none.
expect_stdout() {
	expect_text "$stdout" "$1"
}

expect_stderr() {
	expect_text "$stderr" "$1"
}

expect_text() {
	diff -u --label expected --label "${1##*/.}" <([ -z "$2" ] || printf '%s\n' "$2") "$1" && return
	show_output
	return 1
}

# expect_said PATTERN: a line of the last stderr matches the extended regular expression.
expect_said() {
	grep -Eq -- "$1" "$stderr" && return
	echo "no line of stderr matches: $1"
	show_output
	return 1
}

# expect_silence COMMAND…: exit code 0, not a byte on stdout or stderr.
expect_silence() {
	expect_status 0 "$@" && expect_stdout '' && expect_stderr ''
}
