# Every command of README.md in a block marked sh, word for word, in order, in one folder.
load help
load cluster
load own

setup_file() { cluster_start && own_make; }
teardown_file() { cluster_stop; }

setup() {
	enter_temp
	chmod 755 "$TEMP"
	export ROWPIPE_HOME=$TEMP/home
	unset ROWPIPE_RUNS
}

teardown() {
	rowpipe db destroy 2>/dev/null || true
	leave_temp
}

# The lines of all blocks that begin with ```sh.
commands() { awk '/^```/ { inside = $0 == "```sh"; next } inside' "$ROOT/README.md"; }

@test "every command of README.md works as it stands there" {
	cluster_need
	own_copy
	cluster_fresh other
	cluster_fresh readme
	export OTHER_URL="postgres:///other?host=$CLUSTER&user=postgres"
	export DATABASE_URL="postgres:///readme?host=$CLUSTER&user=postgres"
	echo "DATABASE_URL='$DATABASE_URL'" >.env
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, password TEXT, born DATE);
		INSERT INTO users VALUES (1, 'Ada', 'x', '1815-12-10'), (2, 'Zoë', 'y', NULL);
		CREATE TABLE logs(line TEXT);
	SQL
	mkdir stores
	for store in north south; do
		sqlite3 stores/$store.db 'CREATE TABLE sales(id INTEGER PRIMARY KEY, amount)' \
			"INSERT INTO sales VALUES (1, 5), (2, '$store')"
	done
	[ "$(commands | wc -l)" -ge 10 ]
	while IFS= read -r line <&4; do
		expect_status 0 bash -c "$line"
	done 4< <(commands)
	[ "$(cluster_sql 'SELECT count(*) FROM public.users' readme)" = 2 ]
	[ "$(cluster_sql 'SELECT max(born) FROM second.users' readme)" = 1815-12-10 ]
	[ "$(cluster_sql 'SELECT count(*) FROM shop.users' readme)" = 2 ]
	[ "$(cluster_sql 'SELECT count(*) FROM shop.users' other)" = 2 ]
	[ "$(cluster_sql 'SELECT count(*), count(DISTINCT store), max(amount) FROM stores.sales' readme)" = '4|2|south' ]
	[ "$(rows-peek --rows=users masked.rows)" = '{"id":1,"name":"user 1","password":null,"born":-67227}' ]
	rows-peek --definitions for-them.rows >definitions
	! grep -E 'password|logs' definitions
}

@test "the targets of make that README.md names exist" {
	for target in $(grep -oE '(^    |`)make [a-z]+' "$ROOT/README.md" | sed 's/.*make //' | sort -u); do
		grep -q "^$target:" "$ROOT/Makefile"
	done
}

@test "README.md lists every tool and every exit code" {
	for tool in "$ROOT"/filters/*.c; do
		tool=$(basename "$tool" .c)
		[ "$tool" = rowpipe ] || grep -q "^| \`$tool\` |" "$ROOT/README.md"
	done
	for code in $(grep -oE 'STATUS_[A-Z]+ = [0-9]+' "$ROOT/lib/base/fault.h" | sed 's/.* //'); do
		[ "$code" = 1 ] || grep -qE "^\| ([0-9]+, )?$code(, [0-9]+)? \|" "$ROOT/README.md"
	done
}

@test "the overview and the format are well-formed manual pages" {
	command -v mandoc || skip 'no mandoc'
	for page in "$ROOT"/lib/*/*.[57]; do
		mandoc -T lint -W warning "$page"
	done
}

@test "make demo, with a database of one's own" {
	cluster_need
	own_copy
	mkdir 'my data'
	sqlite3 'my data/app.db' 'CREATE TABLE t(x); INSERT INTO t VALUES (1)'
	export TMPDIR=$TEMP/tmp
	mkdir tmp
	expect_status 0 rowpipe demo 'my data/app.db'
	grep -q '^t.x  *-> t.x bigint' "$stdout"
	grep -q '^equal: 1 table, 1 row$' "$stdout"
	grep -q ' public | t  *| table' "$stdout"
	[ "$(ls 'my data')" = app.db ]
	expect_status 0 rowpipe demo
	grep -q 'loaded: 4 tables, 42,500 rows' "$stdout"
}
