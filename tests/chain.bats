# The chain: one for a stream, its archives and what is replayed of them; and the same input and
# options give the same bytes.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT NOT NULL, password TEXT);
		CREATE TABLE nobody(a, b);
		CREATE TABLE files(name TEXT, data BLOB);
		CREATE TABLE big(line TEXT);
		CREATE VIEW mails AS SELECT email FROM users;
		INSERT INTO users SELECT value, 'user' || value || '@example.org', hex(value * 77777)
			FROM generate_series(1, 3000);
		INSERT INTO files VALUES ('null', NULL), ('bytes', x'00ff'), ('inf', 9e999);
		INSERT INTO big SELECT printf('%0500d', value) FROM generate_series(1, 3000);
	SQL
	sqlite-extract app.db >app.stream
}

chain_of() {
	rows-check "$@" | sed -n 's/.*, chain //p'
}

id_of() {
	rows-check "$@" | sed -n 's/^stream \([0-9a-f]*\),.*/\1/p'
}

@test "a stream, its archives and their replays have one chain, and the replay is the very stream" {
	chain=$(chain_of app.stream)
	[ ${#chain} -eq 32 ]
	for level in '' -Z1 -Z19; do
		expect_status 0 rows-archive $level app$level.rows <app.stream
		cmp "$stdout" app.stream
		expect_stderr ''
		[ "$(chain_of app$level.rows)" = "$chain" ]
		expect_status 0 rows-replay app$level.rows
		cmp "$stdout" app.stream
		[ "$(rows-replay app$level.rows | chain_of)" = "$chain" ]
	done
	[ "$(wc -c <app-Z19.rows)" -lt $(($(wc -c <app.rows) / 4)) ]
}

@test "an archive of a replay is the archive, and one of an archive is so, too" {
	rows-archive app.rows <app.stream >passed
	rows-replay app.rows | rows-archive again.rows >passed
	cmp app.rows again.rows
	rows-archive third.rows <app.rows >passed
	cmp app.rows third.rows
	cmp passed app.stream
	rows-archive -Z 3 packed.rows <app.stream >passed
	rows-archive plain.rows <packed.rows >passed
	cmp app.rows plain.rows
	rows-archive -Z 3 packed-again.rows <plain.rows >passed
	cmp packed.rows packed-again.rows
}

@test "a filter gives the same bytes twice, from stream, archive and packed archive" {
	rows-archive app.rows <app.stream >passed
	rows-archive -Z 3 packed.rows <app.stream >passed
	for options in '-t users -t files' '-T b*' '-C users=password' '-c files=data,name'; do
		rows-select $options <app.stream >once
		rows-select $options <app.stream | cmp - once
		rows-select $options <app.rows | cmp - once
		rows-select $options <packed.rows | cmp - once
		rows-check -q once
	done
	rows-replay -t users app.rows >once
	rows-replay -t users app.rows | cmp - once
	rows-replay -t users packed.rows | cmp - once
}

@test "other options, and other input, give another id and chain" {
	for options in '' '-t users' '-t users -t files' '-t files -t users' '-T big' '-C users=password' \
		'-c users=id,email' '-c users=email,id'; do
		rows-select $options <app.stream >filtered
		id_of filtered >>ids
		chain_of filtered >>chains
	done
	rows-select <app.stream | rows-select >filtered
	id_of filtered >>ids
	chain_of filtered >>chains
	sqlite-extract app.db | rows-select >filtered
	id_of filtered >>ids
	chain_of filtered >>chains
	id_of app.stream >>ids
	chain_of app.stream >>chains
	[ "$(wc -l <ids)" -eq 11 ]
	[ -z "$(sort ids | uniq -d)" ]
	[ -z "$(sort chains | uniq -d)" ]
}

@test "--stream-id makes an extract the same again" {
	sqlite-extract --stream-id 00112233445566778899aabbccddeeff app.db >once
	sqlite-extract --stream-id 00112233445566778899aabbccddeeff app.db | cmp - once
	[ "$(id_of once)" = 00112233445566778899aabbccddeeff ]
	[ "$(id_of app.stream)" != "$(sqlite-extract app.db | id_of)" ]
}

@test "digests of tables do not depend on what else is in the stream" {
	digests() { rows-peek --json | jq -c '.tables[] | [.name, .digest]'; }
	digests <app.stream | grep users >whole
	rows-select -t users <app.stream | digests | cmp - whole
	rows-archive app.rows <app.stream >passed
	rows-replay -t users app.rows | digests | cmp - whole
}

@test "an archive whose reader goes away is complete all the same" {
	{ status=0; rows-archive app.rows <app.stream || status=$?; echo $status >status; } | head -c 100 >head
	[ "$(cat status)" -eq 141 ]
	[ "$(wc -c <head)" -eq 100 ]
	rows-check -q app.rows
	[ "$(chain_of app.rows)" = "$(chain_of app.stream)" ]
	rows-replay app.rows | cmp - app.stream
	[ -z "$(find . -name '*partial*')" ]
}

@test "tools whose reader goes away say nothing and die of SIGPIPE" {
	rows-archive app.rows <app.stream >passed
	for tool in 'rows-replay app.rows' rows-select 'rows-peek --rows' 'sqlite-extract app.db'; do
		{ status=0; $tool <app.stream 2>said || status=$?; echo $status >status; } | head -c 1 >head
		[ "$(cat status)" -eq 141 ]
		[ ! -s said ]
	done
}

@test "input that comes byte by byte is the same input" {
	"$ROWPIPE_TESTS/damage-check" --make packed >sample.rows
	relay() { python3 -uc 'import os, sys
data = sys.stdin.buffer.read()
for at in range(len(data)):
    os.write(1, data[at:at + 1])'; }
	relay <sample.rows | rows-check -q
	relay <sample.rows | rows-archive again.rows >passed
	rows-archive third.rows <sample.rows | cmp - passed
	cmp again.rows third.rows
	rows-replay sample.rows | cmp - passed
	relay <sample.rows | rows-select -C people=note >filtered
	rows-select -C people=note <sample.rows | cmp - filtered
	relay <sample.rows | rows-peek --rows >rows
	rows-peek --rows sample.rows | cmp - rows
}

@test "tables may be interleaved" {
	for image in stream archive packed; do
		"$ROWPIPE_TESTS/damage-check" --make $image >sample.rows
		rows-check -q sample.rows
		rows-peek --rows=people sample.rows | sed 's/{"id":\([^,]*\),.*/\1/' >ids
		[ "$(xargs <ids)" = '1 -70000 -0.5 9223372036854775807 2' ]
		rows-peek --rows=files sample.rows | jq -c .name >names
		[ "$(xargs <names)" = 'empty sample.db sample.db' ]
		[ "$(rows-peek --rows sample.rows | wc -l)" -eq 8 ]
		rows-select -t people <sample.rows | rows-peek --rows | wc -l | grep -qx 5
		rows-select -c files=name <sample.rows | rows-peek --json | jq -c '[.tables[].rows]' >rows
		[ "$(cat rows)" = '[5,0,3]' ]
		rm -f new.rows
		rows-archive new.rows <sample.rows | rows-check -q
		rows-replay -t files new.rows | rows-peek --rows | wc -l | grep -qx 3
	done
}
