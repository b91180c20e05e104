# Views: those that are understood give the rows that SQLite gives, the others are to-dos.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_fresh views
	PATH=$CLUSTER_BIN:$PATH
}

# carry DB [RENAME-OPTION…]: into the database.
carry() {
	local db=$1
	shift
	sqlite-extract "$db" | rows-retype | rows-rename "$@" >.rows
	expect_status 0 pg-load --todo todo.sql --report report.json .rows
}

views() {
	python3 "$ROOT/tests/views.py" "$@"
}

is() { # is EXPECTED SQL
	local found
	found=$(cluster_sql "$2")
	[ "$found" = "$1" ] && return
	echo "expected $1, found $found"
	return 1
}

@test "each view of the table is made with SQLite's rows, or is a to-do with its reason" {
	views make all.db
	carry all.db --names keep
	expect_silence views compare all.db report.json
	expect_silence views expect report.json
}

@test "the same views of empty tables" {
	views make empty.db empty
	carry empty.db --names keep
	expect_silence views compare empty.db report.json
}
