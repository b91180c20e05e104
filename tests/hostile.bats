# Streams made to do harm, with checks that are right, are refused in little memory; and a row that is
# truly large costs its size.  The streams are listed in tests/drivers/hostile.c.
load help

# What a tool may take: all of its address space, 64 MiB.  Sanitizers take terabytes of it.
case $ROWPIPE_VARIANT in
release | static) LIMIT=64 ;;
*) LIMIT=0 ;;
esac

hostile() {
	"$ROWPIPE_TESTS/hostile" "$@"
}

# All of them once, in files called 1, 2, 3 ...; and who has to see which of them in "list".
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	hostile --list >list
	local count=0 who name
	while IFS=$'\t' read -r who name; do
		count=$((count + 1))
		hostile "$name" >$count || return
	done <list
}

# limited TOOL…: within LIMIT; the most that it had resident goes to rss, in KiB.
limited() {
	hostile --run $LIMIT rss "$@"
}

most() {
	sort -n rss | tail -n 1
}

# refuse SEEN TOOL…: the tool refuses what all tools see and what it sees by itself, each within the
# limit and in one line, and takes the rest.
refuse() {
	local seen=$1 who name expected status count=0 bad=0
	shift
	while IFS=$'\t' read -r who name; do
		count=$((count + 1)) expected=0 status=0
		rm -f in.rows new.rows
		ln -s "$BATS_FILE_TMPDIR/$count" in.rows
		case " all $seen " in *" $who "*) expected=65 ;; esac
		limited "$@" <in.rows >out 2>said || status=$?
		[ $status -eq $expected ] && [ "$(wc -l <said)" -eq $((expected / 65)) ] &&
			{ [ $expected -eq 0 ] || [ ! -e new.rows ]; } && continue
		echo "$*: $name: exit code $status, expected $expected: $(head -c 300 said)"
		bad=1
	done <"$BATS_FILE_TMPDIR/list"
	echo "# hostile to $1: $count streams, at most $(most) KiB resident" >&3
	[ $count -eq 151 ] && [ $bad -eq 0 ] && [ -z "$(find . -name '*partial*')" ]
	[ $LIMIT -eq 0 ] || [ "$(most)" -lt $((LIMIT * 1024)) ]
}

@test "the limit is one: undamaged input passes within it, a larger row does not" {
	[ $LIMIT -ne 0 ] || skip 'no limit with sanitizers'
	"$ROWPIPE_TESTS/damage-check" --make archive >in.rows
	limited rows-check -q in.rows
	limited rows-archive -Z 3 new.rows <in.rows >out
	sqlite3 big.db 'CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(100000000))'
	sqlite-extract big.db >big.rows
	expect_status 74 limited rows-check big.rows
	expect_stderr 'rows-check: out of memory'
	expect_status 74 limited sqlite-extract big.db
}

@test "rows-check refuses all of them" {
	refuse 'rows index check' rows-check in.rows
}

@test "rows-archive refuses all but those in rows and INDEX" {
	refuse '' rows-archive new.rows
}

@test "rows-replay refuses all but those in rows and INDEX" {
	refuse '' rows-replay in.rows
}

@test "rows-replay -t refuses those in INDEX, too" {
	refuse 'index' rows-replay -t people -t files in.rows
}

@test "rows-select refuses all but those in rows and INDEX" {
	refuse '' rows-select
}

@test "rows-select -C refuses all but those in INDEX" {
	refuse 'rows' rows-select -C people=note -C files=data
}

@test "rows-set refuses all but those in INDEX" {
	refuse 'rows' rows-set people.note:text=null files.store:text=@source
}

@test "rows-where refuses all but those in INDEX" {
	refuse 'rows' rows-where 'people: id >= 2' 'files: name is null'
}

@test "rows-cat refuses all but those in rows and INDEX" {
	refuse '' rows-cat in.rows
}

@test "rows-each refuses all but those in INDEX" {
	refuse 'rows' rows-each people cat
}

@test "rows-peek --rows refuses all but those in INDEX's definitions" {
	refuse 'rows index' rows-peek --rows in.rows
}

@test "rows-diff refuses all but those in INDEX's definitions" {
	refuse 'rows index' rows-diff in.rows in.rows
}

@test "a row of many MB passes, and costs at most three times its size" {
	case $ROWPIPE_VARIANT in
	release) default=200000000 ;;
	*) default=20000000 ;;
	esac
	size=${ROWPIPE_ROW:-$default}
	sqlite3 big.db 'CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)' \
		"INSERT INTO t VALUES (1, zeroblob(10)), (2, zeroblob($size)), (3, NULL)"
	LIMIT=0
	costs() { # TOOL…: what it had resident, and what it may have
		: >rss
		limited "$@"
		echo "# $1 $2: $(($(most) / 1024)) MiB for a row of $((size >> 20)) MiB" >>costs
		[ "$ROWPIPE_VARIANT" != release ] || [ "$(most)" -le $((65536 + 3 * size / 1024)) ]
	}
	costs sqlite-extract --no-check big.db >big.stream
	rm big.db
	costs rows-archive big.rows <big.stream >passed
	cmp passed big.stream
	rm passed big.stream
	costs rows-check -q big.rows
	costs rows-replay big.rows >/dev/null
	costs rows-select <big.rows >/dev/null
	costs rows-select -C t=a <big.rows >/dev/null
	costs rows-where 't: a != 5' <big.rows >/dev/null
	costs rows-set t.a:int=5 <big.rows >/dev/null
	costs rows-cat big.rows >/dev/null
	costs rows-archive -Z 1 packed.rows <big.rows >/dev/null
	[ "$(wc -c <packed.rows)" -lt $((size / 100)) ]
	costs rows-check -q packed.rows
	costs rows-peek --rows=t packed.rows | tail -c 20 | grep -q '{"a":3,"b":null}'
	cat costs >&3
}
