# Every call that can fail, failed once and for ever; and what a killed tool leaves behind.
# The loops are tests/drivers/fault.c, the faults tests/fault/shim.c.
#
#	status  because
#	66      the source's file cannot be opened, or SQLite cannot read, lock or look at it
#	73      an output cannot be made: no partial file, no mode for it, no name; no room for a
#	        snapshot
#	74      memory; reading or writing a stream; fsync, also of the folder; close of what was
#	        written, which is the last to tell that it was not; no random id
#	0       nothing is lost: a pipe that stays narrow (fcntl); an input that will not close; a file
#	        that will not be looked at, where nobody may replace it all the same (lstat before
#	        renameat2); no random name for a temporary file.  SQLite itself does without some
#	        memory, locks and looks: then the output must be the same to the byte.
#	75      never: what is tried here will not be better next time; locks are in sqlite-extract.bats

load help

# What each tool must stand whose input comes in pieces, late and with interruptions.
modes=(piece:1 piece:7 every:2:EINTR every:3:EINTR every:2:EAGAIN every:3:EAGAIN)
reads=(fail:read:EIO:74 kill:read)
writes=(fail:write:ENOSPC:74 fail:write:EIO:74 kill:write fail:close:EIO:74 kill:close)
memory=(fail:memory:ENOMEM:74 kill:memory)
pipes=(fail:control:EINVAL:0)
archive=(fail:open:EMFILE:66 fail:look:EIO:0)
by_index=(fail:seek:EIO:74 fail:tell:EIO:0)
id=--stream-id=00112233445566778899aabbccddeeff

setup_file() {
	[ "$ROWPIPE_VARIANT" = release ] || return 0
	cd "$BATS_FILE_TMPDIR" || return
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -U_FORTIFY_SOURCE -O2 -Wall -Wextra -Werror -fPIC -shared \
		-o shim.so "$ROOT/tests/fault/shim.c" || return
	sqlite3 app.db "PRAGMA page_size = 512;
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT UNIQUE, score REAL, note BLOB);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
			INSERT INTO users SELECT i, 'u' || i || '@example.org', i / 3.0,
				CASE i % 3 WHEN 0 THEN x'00ff' END FROM n;
		CREATE TABLE logs(a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
		INSERT INTO logs VALUES (1, 2), ('x', 'y');
		CREATE TABLE empty(x INT NOT NULL);
		CREATE INDEX scores ON users(score) WHERE score > 1;
		CREATE VIEW ids AS SELECT id FROM users;" || return
	# Many pages.
	sqlite3 pages.db "PRAGMA page_size = 512;
		CREATE TABLE small(id INTEGER PRIMARY KEY, word TEXT);
		INSERT INTO small VALUES (1, 'one'), (2, 'two');
		CREATE TABLE large(b);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 262)
			INSERT INTO large SELECT zeroblob(900) FROM n;" || return
	sqlite-extract "$id" app.db >app.stream || return
	rows-archive -Z 3 app.rows <app.stream >/dev/null
}

setup() {
	[ "$ROWPIPE_VARIANT" = release ] ||
		skip "sanitizers and coverage have allocators and calls of their own"
	enter_temp
	given=$BATS_FILE_TMPDIR
}

# try OPTION… RULE… -- COMMAND…
try() {
	local options=()
	while [[ $1 == -* ]]; do
		case $1 in
		(-[as]) options+=("$1"); shift ;;
		(*) options+=("$1" "$2"); shift 2 ;;
		esac
	done
	if ! "$ROWPIPE_TESTS/fault" "${options[@]}" "$given/shim.so" "$@" >table 2>wrong; then
		grep -v '^ok' table || true
		cat -v wrong
		return 1
	fi
	awk '{ tried += $(NF - 7); fired += $(NF - 5); survived += $(NF - 3) }
		END { printf "# %d points tried, %d faults fired, %d survived\n", tried, fired, survived }' \
		table >&3
}

@test "the shim counts what strace counts" {
	local name calls
	strace -o trace rows-archive a.rows <"$given/app.stream" >/dev/null
	"$ROWPIPE_TESTS/fault" -n -i "$given/app.stream" -o a.rows "$given/shim.so" -- \
		rows-archive a.rows >counts
	strace -o trace.db sqlite-extract "$id" --snapshot=. -t small --no-check "$given/pages.db" \
		>/dev/null
	"$ROWPIPE_TESTS/fault" -n "$given/shim.so" -- \
		sqlite-extract "$id" --snapshot=. -t small --no-check "$given/pages.db" >counts.db
	for trace in trace trace.db; do
		# A tool's first act is to look whether it has an input at all.
		sed -n '/^fcntl(0, F_GETFD/,$p' "$trace" >own
		[ -s own ]
		while read -r name calls; do
			echo "$trace: $name"
			diff <(grep -Ec "^($calls)\(" own) \
				<(awk -v names="$name" 'names ~ "/" $1 "/" { n += $2 } END { print n + 0 }' \
					"${trace/trace/counts}")
		done <<-'END'
			/read/open/create/folder/device/ p?read(64)?|open(at)?
			/write/ p?write(64)?
			/copy/ copy_file_range
			/sync/ fsync|fdatasync
			/rename/ rename(at2?)?
			/close/leave/ close
			/seek/tell/ lseek
			/control/ fcntl
			/unlink/ unlink(at)?
		END
	done
}

@test "rows-archive" {
	try -s -i "$given/app.stream" -o a.rows "${reads[@]}" "${writes[@]}" "${memory[@]}" \
		"${pipes[@]}" "${modes[@]}" \
		fail:sync:EIO:74 kill:sync fail:rename:ENOSPC:73 fail:rename:EEXIST:73 kill:rename \
		fail:create:EMFILE:73 kill:create fail:mode:EPERM:73 kill:mode fail:folder:EMFILE:74 \
		kill:folder fail:look:EIO:0 fail:leave:EIO:0 kill:leave \
		fail:link:ENOSPC:73:rename:ENOSYS fail:unlink:EIO:73:rename:EINVAL \
		fail:write:ENOSPC:74:unlink:EIO -- rows-archive a.rows
	expect_status 0 rows-check reference/a.rows
	expect_status 0 cmp reference/stdout "$given/app.stream"
}

@test "rows-archive -Z" {
	try -s -i "$given/app.stream" -o a.rows "${reads[@]}" "${writes[@]}" "${memory[@]}" \
		"${pipes[@]}" "${modes[@]}" \
		fail:sync:EIO:74 kill:sync fail:rename:ENOSPC:73 kill:rename fail:create:EMFILE:73 \
		fail:mode:EPERM:73 fail:folder:EMFILE:74 fail:look:EIO:0 fail:leave:EIO:0 -- \
		rows-archive -Z 3 a.rows
	expect_status 0 rows-check reference/a.rows
	expect_status 0 cmp reference/stdout "$given/app.stream"
}

@test "rows-replay" {
	try -s "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" "${modes[@]}" "${archive[@]}" \
		-- rows-replay "$given/app.rows"
	try -s "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" "${modes[@]}" "${archive[@]}" \
		"${by_index[@]}" -- rows-replay -t logs "$given/app.rows"
}

# Without an INDEX nobody asks whether one could have been made: memory for it may be missing.
@test "rows-check" {
	try "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" "${modes[@]}" "${archive[@]}" -- \
		rows-check "$given/app.rows"
	try -i "$given/app.stream" "${reads[@]}" "${writes[@]}" "${memory[@]/:74/:0,74}" "${pipes[@]}" \
		"${modes[@]}" -- rows-check
}

# Where the size of its file is not to be had, the whole is read: more is known, and said.  A list
# that is not shown need not be made.
@test "rows-peek" {
	local view
	for view in --toc --json --rows --definitions; do
		try "${reads[@]}" "${writes[@]}" "${memory[@]/:74/:0,74}" "${pipes[@]}" "${modes[@]}" \
			"${archive[@]/:0/:0,differs}" "${by_index[@]/:0/:0,differs}" -- \
			rows-peek "$view" "$given/app.rows"
	done
	try -i "$given/app.stream" "${reads[@]}" "${writes[@]}" "${memory[@]/:74/:0,74}" "${pipes[@]}" \
		"${modes[@]}" fail:look:EIO:0 fail:tell:EIO:0 -- rows-peek --rows=users --head 3
}

@test "rows-select" {
	try -s -i "$given/app.stream" "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" \
		"${modes[@]}" -- rows-select -T logs
	try -s -i "$given/app.stream" "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" \
		"${modes[@]}" -- rows-select -c users=score,id
}

@test "rows-set and rows-where" {
	try -s -i "$given/app.stream" "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" \
		"${modes[@]}" -- rows-set users.score=1 '*.store:text=@source'
	try -s -i "$given/app.stream" "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" \
		"${modes[@]}" -- rows-where "users: id > 3 and email not in ('a', 'b')" 'logs: a is null'
}

@test "rows-cat" {
	sqlite3 other.db 'CREATE TABLE other(x); INSERT INTO other VALUES (1)'
	sqlite-extract --stream-id=ffeeddccbbaa99887766554433221100 other.db >"$given/other.stream"
	try -s -i "$given/app.stream" "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" \
		"${modes[@]}" fail:open:EMFILE:66 fail:look:EIO:0 -- \
		rows-cat --merge "$given/other.stream" -
}

# Where a file's size is not to be had, a copy is made that can be read twice.
@test "rows-diff" {
	try "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" "${modes[@]}" "${archive[@]}" \
		"${by_index[@]}" fail:leave:EIO:0 kill:leave -- \
		rows-diff --json "$given/app.rows" "$given/app.rows"
	try "${reads[@]}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" "${modes[@]}" "${archive[@]}" \
		"${by_index[@]}" fail:leave:EIO:0 -- \
		rows-diff --json -t logs "$given/app.rows" "$given/app.rows"
	mkfifo pipe
	cat "$given/app.stream" >pipe &
	expect_status 0 rows-diff pipe "$given/app.rows"
}

@test "rows-expect" {
	printf '%s\n' 'unique(users.id)' 'in(users.id, users.id)' 'rows(logs) = 2' >rules
	cp rules "$given"
	try -i "$given/app.stream" "${reads[@]/:74/:66,74}" "${writes[@]}" "${memory[@]}" "${pipes[@]}" \
		"${modes[@]}" fail:open:EMFILE:66 fail:look:EIO:0 fail:leave:EIO:0,74 kill:leave -- \
		rows-expect "$given/rules"
}

# shellcheck disable=SC2054 # the commas are in the rules
source=(fail:open:EMFILE:66 fail:read:EIO:66 kill:read fail:control:EIO:0,66 fail:leave:EIO:0)

@test "sqlite-extract" {
	try -s "${source[@]}" "${writes[@]}" "${modes[@]}" fail:memory:ENOMEM:0,74 fail:look:EIO:0,66 \
		-- sqlite-extract "$id" "$given/app.db"
}

@test "sqlite-extract: its random id" {
	try -a -s fail:random:ENOSYS:74 every:2:EINTR -- sqlite-extract "$given/app.db"
}

# What the kernel does not copy is read and written; the copy has a name only while it is empty.
snapshot=(fail:open:EMFILE:0,66,73 fail:create:EMFILE:73 fail:unlink:EIO:73 kill:unlink fail:copy:EXDEV:0
	fail:copy:EIO:0 kill:copy)

@test "sqlite-extract --snapshot" {
	try -s "${snapshot[@]}" "${source[@]:1}" "${writes[@]:0:3}" fail:close:EIO:0,74 "${modes[@]}" \
		fail:memory:ENOMEM:0,74 fail:look:EIO:0,66,73 fail:room:EIO:73 \
		fail:write:ENOSPC:73,74:copy:EXDEV \
		-- sqlite-extract "$id" --snapshot=. --no-check --no-profile -t logs "$given/app.db"
}

@test "rows-archive: all is written, synced, closed, named, its folder synced, and then END" {
	strace -y -s 5 -e trace=openat,write,fsync,close,rename,renameat2,link,unlink -o trace \
		rows-archive a.rows <"$given/app.stream" >stream
	cmp stream "$given/app.stream"
	sed -nE -e 's/^write\([0-9]+<.*\.partial-.*/write file/p' \
		-e 's/^fsync\([0-9]+<.*\.partial-.*= 0/fsync file/p' \
		-e 's/^close\([0-9]+<.*\.partial-.*= 0/close file/p' \
		-e 's/^rename.*"a\.rows".*= 0/rename/p' \
		-e 's/^fsync\([0-9]+<.*= 0/fsync folder/p' \
		-e 's/^write\(1<.*/write stdout/p' -e 's/^close\(1<.*= 0/close stdout/p' trace |
		uniq >order
	cat order
	tail -n 7 order | diff - <(printf '%s\n' 'write file' 'fsync file' 'close file' rename \
		'fsync folder' 'write stdout' 'close stdout')
	grep -c 'fsync\|rename' order | grep -qx 3
	# Of the stream only END, its last frame, was kept back.
	sed -n '/fsync(.*partial/,$p' trace | grep -c '^write(1<' | grep -qx 1
}

@test "slow pipes that do not block" {
	sqlite-extract "$id" -t small --query 'blob=SELECT zeroblob(3000000)' "$given/pages.db" >in
	cat >slow.py <<-'END'
		import os, sys, subprocess, threading, time
		in_end, feed = os.pipe()
		drain, out_end = os.pipe()
		os.set_blocking(in_end, False)
		os.set_blocking(out_end, False)
		tool = subprocess.Popen(sys.argv[1:], stdin=in_end, stdout=out_end)
		os.close(in_end)
		os.close(out_end)
		def write():
		    data = open("in", "rb").read()
		    for at in range(0, len(data), 500000):
		        time.sleep(0.02)
		        os.write(feed, data[at:at + 500000])
		    os.close(feed)
		writer = threading.Thread(target=write)
		writer.start()
		time.sleep(0.5)
		with open("out", "wb") as out:
		    while piece := os.read(drain, 65536):
		        out.write(piece)
		writer.join()
		sys.exit(tool.wait())
	END
	expect_status 0 python3 slow.py strace -o trace rows-archive a.rows
	cmp in out
	grep -q '^read(0.*EAGAIN' trace
	grep -q '^write(1.*EAGAIN' trace
	expect_status 0 rows-check a.rows
	expect_status 0 python3 slow.py rows-select -c small=word,id
	expect_status 0 rows-check out
}
