# The damage table: a small stream, its archive and its packed archive, and what every tool that
# reads to the end says of every truncation, every flipped bit, frames that are gone, double, swapped
# or from another stream, bytes behind the end, and forgeries whose checks are all right.  What is a
# case and what is well is written in tests/drivers/damage.h, the forgeries in forgeries.h.
#
# rows-check flips every bit; the others, which have the same reader, one bit of each byte, or with
# ROWPIPE_DAMAGE=all in the environment every one, too, for some minutes more.
load help

IMAGES='stream archive packed'

make_image() {
	"$ROWPIPE_TESTS/damage-check" --make "$@"
}

frame_count() { # END and INDEX are not in END's own count
	case $1 in
	stream) echo $(($(make_image stream | rows-peek --json | jq .end.frames) + 1)) ;;
	*) echo $(($(make_image "$1" | rows-peek --json | jq .end.frames) + 2)) ;;
	esac
}

# case_counts FLIPS: what arithmetic says of each kind, in all images; FLIPS are those of a byte.
case_counts() {
	local size=0 frames=0 pairs=0 forged=0 n
	for image in $IMAGES; do
		size=$((size + $(make_image $image | wc -c)))
		n=$(frame_count $image)
		frames=$((frames + n)) pairs=$((pairs + n * (n - 1) / 2))
		forged=$((forged + $("$ROWPIPE_TESTS/damage-check" --list $image | wc -l)))
	done
	echo "truncated $size flipped $(($1 * size)) dropped $frames doubled $frames"
	echo "swapped $pairs spliced $frames grafted $frames followed 18 forged $forged"
}

# try TOOL HARMLESS [EVERY]: all cases or every so many, in a slow variant a sample; HARMLESS are the
# kinds of which the tool may overlook some, because it does not look there.
try() {
	local which=(${3:+--every "$3"}) flips=8
	if [ "$1" != check ] && [ "${ROWPIPE_DAMAGE:-}" != all ] && [ -z "${3:-}" ]; then
		which=(--thin) flips=1
	fi
	case $ROWPIPE_VARIANT in
	release | debug) ;;
	*) which=(--every 101) ;;
	esac
	expect_status 0 "$ROWPIPE_TESTS/damage-$1" "${which[@]}"
	sed 's/^/# /' "$stdout" "$stderr"
	sed -n "s/^cases/# damage of rows-$1: &/p" "$stdout" >&3
	grep -Eq '^cases [0-9]+, runs [0-9]+, undetected 0$' "$stdout"
	awk -v may="$2" '/^[a-z]+ +[0-9 ]+$/ && ($3 != $4 + $5 || ($5 > 0 && !index(may, $1))) {
		print "not accounted for: " $0; bad = 1 } END { exit bad }' "$stdout"
	[ "${which[0]:-}" != --every ] || return 0
	diff -u <(case_counts $flips | xargs -n 2) <(awk '/^[a-z]+ +[0-9 ]+$/ { print $1, $2 }' "$stdout")
}

@test "rows-check finds all damage" {
	try check ''
}

@test "rows-archive finds all damage but that in rows and INDEX with right checks, and leaves no file" {
	try archive 'grafted forged'
}

@test "rows-replay finds all damage but that in rows and INDEX with right checks; -t all in what it reads" {
	try replay 'flipped dropped doubled swapped spliced grafted forged'
}

@test "rows-select finds all damage but that in rows and INDEX with right checks" {
	try select 'grafted forged'
}

@test "rows-set and rows-where find all damage but that in the rows of other tables" {
	try set 'grafted forged'
	try where 'grafted forged'
}

@test "rows-cat finds all damage but that in rows and INDEX with right checks" {
	try cat 'grafted forged'
}

# Each case is two processes more.
@test "rows-each finds all damage but that in the rows of other tables" {
	try each 'grafted forged' 23
}

@test "rows-peek --rows finds all damage but that in INDEX's definitions; --toc all in what it reads" {
	try peek 'flipped dropped doubled swapped spliced grafted forged'
}

@test "rows-diff finds all damage but that in INDEX's definitions; -t all in what it reads" {
	try diff 'flipped dropped doubled swapped spliced grafted forged'
}

@test "the sample is what it has to be: frames interleaved, a table empty, a stream in a cell" {
	make_image stream >sample
	make_image archive >sample.rows
	make_image packed >packed.rows
	for image in sample sample.rows packed.rows; do
		expect_status 0 rows-peek --json "$image"
		[ "$(jq -c '[.tables[].name], [.tables[].rows], [.tables[].frames]' "$stdout" | xargs)" = \
			'[people,nobody,files] [5,0,3] [3,0,2]' ]
		[ "$(jq -c '[.objects[].kind]' "$stdout")" = '["view"]' ]
	done
	rows-replay sample.rows | cmp - sample
	rows-replay packed.rows | cmp - sample
	[ "$(wc -c <packed.rows)" -lt "$(wc -c <sample.rows)" ]
	rows-peek --rows=files sample | jq -r '.data.bytes? // empty' | python3 -c \
		'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.readline()))' >inner
	rows-check inner
	[ "$("$ROWPIPE_TESTS/damage-check" --list stream | sort -u | wc -l)" -eq 491 ]
	[ "$("$ROWPIPE_TESTS/damage-check" --list archive | sort -u | wc -l)" -eq 641 ]
}

@test "END's offset of the index is outside every comparison: archive and stream have one END otherwise" {
	for image in $IMAGES; do
		make_image $image | rows-peek --json | jq -c '.end | del(.index)' >end.$image
	done
	cmp end.stream end.archive
	cmp end.stream end.packed
}

# says TOOL MESSAGE IMAGE CASE…: the exact words about it, after the tool's and the file's name.
says() {
	local tool=$1 message=$2
	shift 2
	make_image "$@" >app.rows
	case $tool in
	rows-archive) expect_status 65 rows-archive new.rows <app.rows ;;
	rows-select) expect_status 65 rows-select <app.rows ;;
	rows-peek) expect_status 65 rows-peek --rows app.rows ;;
	*) expect_status 65 "$tool" app.rows ;;
	esac
	expect_stderr "$tool: $message"
}

checks() {
	says rows-check "app.rows$1" "${@:2}"
}

@test "what is said of an input that ends early" {
	checks ' is empty: the program before it wrote nothing; no row is good' archive truncated 0
	checks ': it ends in the middle of a frame (at byte 0, good up to frame 0); no row is good' \
		archive truncated 20
	checks ': it ends in the middle of a frame (at byte 0, good up to frame 0); no row is good' \
		archive truncated 38
	checks ': it ends before END (at byte 125, good up to frame 1); no row is good' stream truncated 125
	checks ': it ends in the middle of a frame (at byte 812, good up to frame 6); the last good row is row 2 of table "people"' \
		archive truncated 1000
	checks ': it ends before END (at byte 1520, good up to frame 13); the last good row is row 5 of table "people"' \
		stream truncated 1520
	checks ': it ends in the middle of a frame (at byte 2159, good up to frame 13); the last good row is row 5 of table "people"' \
		archive truncated 2417
	says rows-archive 'the stream: it ends before END (at byte 1520, good up to frame 13)' stream truncated 1520
	says rows-select 'the stream is empty: the program before it wrote nothing' stream truncated 0
	says rows-replay 'app.rows: it ends before END (at byte 2159, good up to frame 13)' archive truncated 2159
	says rows-peek 'app.rows: it ends in the middle of a frame (at byte 293, good up to frame 2)' \
		archive truncated 400
}

@test "what is said of flipped bits" {
	checks ' is no row stream; no row is good' archive flipped 0
	checks ': a frame header is damaged, or of another stream (at byte 0, good up to frame 0); no row is good' \
		archive flipped 60
	checks ': the length before a payload is not its header'\''s (at byte 0, good up to frame 0); no row is good' \
		stream flipped $((33 * 8))
	checks ': a payload is damaged (at byte 812, good up to frame 6); the last good row is row 2 of table "people"' \
		archive flipped 8000
	checks ': no frame begins here (at byte 125, good up to frame 1); no row is good' \
		stream flipped $((125 * 8))
	says rows-replay 'app.rows: a payload is damaged (at byte 293, good up to frame 2)' archive flipped 3400
	says rows-archive 'the stream: a payload is damaged (at byte 293, good up to frame 2)' archive flipped 3400
}

@test "what is said of frames that are gone, double, swapped, or from elsewhere" {
	checks ': frame 3 (TABLE) stands where frame 2 must: frames are missing, doubled or out of order (at byte 125, good up to frame 1); no row is good' \
		stream dropped 1
	checks ': frame 6 (ROWS) stands where frame 7 must: frames are missing, doubled or out of order (at byte 812, good up to frame 6); the last good row is row 2 of table "people"' \
		stream doubled 5
	checks ': a frame header is damaged, or of another stream (at byte 0, good up to frame 0); no row is good' \
		stream 'order: no HELLO'
	checks ': frame 2 (HELLO) begins a second stream (at byte 125, good up to frame 1); no row is good' \
		stream 'order: a second HELLO'
	checks ': a frame header is damaged, or of another stream (at byte 696, good up to frame 5); no row is good' \
		stream spliced 5
	checks ': END'\''s chain is not that of the frames before it (at byte 1520, good up to frame 13); the last good row is row 5 of table "people"' \
		stream grafted 0
	checks ': frame 6 (OBJECT) stands behind the first rows (at byte 739, good up to frame 5); the last good row is row 2 of table "people"' \
		archive 'order: OBJECT behind rows'
	checks ': frame 13 (END) stands before the end of every table (at byte 1424, good up to frame 12); the last good row is row 5 of table "people"' \
		stream 'order: TABLE_END missing'
	checks ': frame 12 (TABLE_END) stands behind its table'\''s end (at byte 1383, good up to frame 11); the last good row is row 5 of table "people"' \
		stream 'order: TABLE_END twice'
}

@test "what is said of bytes behind END" {
	checks ': bytes follow END (at byte 1520, good up to frame 13); the last good row is row 5 of table "people"' \
		stream followed 2
	checks ': bytes follow END (at byte 2159, good up to frame 13); the last good row is row 5 of table "people"' \
		archive followed 3
	says rows-peek 'app.rows: bytes follow END (at byte 2159, good up to frame 13)' archive followed 3
	says rows-archive 'the stream: bytes follow END (at byte 1520, good up to frame 13)' stream followed 4
}

@test "what is said of totals that are wrong with right checks" {
	checks ': END'\''s totals of table 4 are not those of its TABLE_END (at byte 2159, good up to frame 13); the last good row is row 5 of table "people"' \
		archive 'END: digest of table 4'
	checks ': END counts 2 tables, but there are 3 (at byte 2159, good up to frame 13); the last good row is row 5 of table "people"' \
		archive 'END: a table less'
	checks ': END counts 14 frames, but there are 13 (at byte 1520, good up to frame 13); the last good row is row 5 of table "people"' \
		stream 'END: frames'
	checks ': END is of another stream (at byte 1520, good up to frame 13); the last good row is row 5 of table "people"' \
		stream 'END: stream'
	checks ': END does not point to the index (at byte 2159, good up to frame 13); the last good row is row 5 of table "people"' \
		archive 'END: index one further'
	checks ': the end of table 1 says 6 rows, but there are 5 (at byte 1287, good up to frame 10); the last good row is row 5 of table "people"' \
		archive 'TABLE_END, sealed: rows of table 1'
	checks ': the end of table 4 says 4 rows extracted, but there are 3 (at byte 1422, good up to frame 12); the last good row is row 5 of table "people"' \
		archive 'TABLE_END, sealed: extracted of table 4'
	checks ': the rows of table 4 are not those of its end: the digests differ (at byte 1422, good up to frame 12); the last good row is row 5 of table "people"' \
		archive 'TABLE_END, sealed: digest of table 4'
}

@test "what is said of rows and maps that nobody writes" {
	checks ': table "people", row 2 is not well-formed: bytes are left over behind its last value (at byte 696, good up to frame 5); the last good row is row 1 of table "people"' \
		stream 'ROWS frame 6: a row less, sealed'
	checks ': table "files", row 3 is not well-formed: a row has not as many cells as its table has columns (at byte 1165, good up to frame 8); the last good row is row 2 of table "files"' \
		archive 'ROWS frame 9, sealed: a row too narrow'
	checks ': table "people", row 4 is not well-formed: a value is of a kind that no cell has (at byte 1220, good up to frame 9); the last good row is row 3 of table "people"' \
		archive 'ROWS frame 10, sealed: an array as a cell'
	checks ': frame 7 (ROWS) is of a table that no TABLE frame defines (at byte 812, good up to frame 6); the last good row is row 2 of table "people"' \
		archive 'ROWS frame 7: of table 3'
	checks ': frame 3 (TABLE) has a table number that does not ascend (at byte 293, good up to frame 2); no row is good' \
		archive 'TABLE 2 is called 1'
	checks ': TABLE_END has a key "zzz" that is unknown or out of order: written by a newer rowpipe (at byte 1422, good up to frame 12); the last good row is row 5 of table "people"' \
		archive 'TABLE_END, place 13: an unknown key'
	checks ': OBJECT is not well-formed: it ends in the middle of a value (at byte 623, good up to frame 4); no row is good' \
		archive 'OBJECT, place 5: a byte less'
}

@test "what is said of what a newer rowpipe may write" {
	checks ': the stream has format version 1, this program reads version 0: written by a newer rowpipe (at byte 0, good up to frame 0); no row is good' \
		stream 'HELLO: version 1'
	checks ': frame kind 12 is unknown: written by a newer rowpipe (at byte 696, good up to frame 5); no row is good' \
		stream 'ROWS, place 6: kind 12'
	checks ': frame 7 (STATE) is of a kind that is not in use yet: written by a newer rowpipe (at byte 812, good up to frame 6); the last good row is row 2 of table "people"' \
		stream 'ROWS, place 7: kind 8'
	checks ': frame flags are unknown: written by a newer rowpipe (at byte 0, good up to frame 0); no row is good' \
		stream 'HELLO, place 1: flags 128'
}

@test "what is said of an index that leads elsewhere" {
	checks ': the index does not agree with the frames before it; the last good row is row 5 of table "people"' \
		archive 'INDEX: entry of frame 7: offset'
	checks ': frame 0 (INDEX) is a second index (at byte 2159, good up to frame 13); the last good row is row 5 of table "people"' \
		archive 'INDEX: twice'
	checks ': END does not point to the index (at byte 1520, good up to frame 13); the last good row is row 5 of table "people"' \
		archive 'INDEX: gone'
	checks ': frame 0 (INDEX) stands before the end of every table (at byte 1383, good up to frame 11); the last good row is row 5 of table "people"' \
		archive 'INDEX: at place 12, sealed'
	says rows-peek 'app.rows: the index does not agree with frame 6 (ROWS) (at byte 696, good up to frame 5)' \
		archive 'INDEX: entry of frame 6: rows'
	says rows-peek 'app.rows: INDEX is not well-formed: its entries are not in the order of the frames (at byte 1165, good up to frame 8)' \
		archive 'INDEX: entry of frame 9: dropped'
}
