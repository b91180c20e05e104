# Rows from a server as cells: what every reader of PostgreSQL is made of.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	cluster_fresh harvest
	cluster_sql "CREATE TABLE t (id int8, n numeric(10,2), m text, ip inet, c char(5), b bytea);
		INSERT INTO t VALUES (2, 1.5, 'b', '10.0.0.1', 'x', '\\x00ff'), (1, 'NaN', NULL, NULL, NULL, NULL), (3, -0.5, '', '10.0.0.0/8', 'y', '')"
}

# harvest STATUS: the session on stdin must end so.
harvest() {
	local status=$1
	cat >.session
	expect_status "$status" "$ROWPIPE_TESTS/harvest" <.session
}

@test "rows in the order that is asked for, and only those" {
	harvest 0 <<-'END'
		take public.t int8,numeric,text id,n,m||id
		take public.t int8 id|id > 1|id DESC
		take public.t int8,text id,m|false
	END
	expect_stdout '1 "NaN" null
2 "1.50" "b"
3 "-0.50" ""
3
2'
}

@test "what has no binary form here is the text that its type prints" {
	harvest 0 <<<'take public.t int8,inet,char(5),bytea,citext id,ip,c,b,ip||id'
	expect_stdout '1 null null null null
2 "10.0.0.1" "x    " {"bytes":"00ff"} "10.0.0.1"
3 "10.0.0.0/8" "y    " {"bytes":""} "10.0.0.0/8"'
}

@test "a column of another type, or none: 78 before the first row" {
	harvest 78 <<<'take public.t int4 id'
	expect_stdout ''
	expect_stderr 'harvest: public.t: column id has another type now than when the table was looked at'
	harvest 78 <<<'take public.t float8 id'
	harvest 78 <<<'take public.t int8 idd'
	expect_stderr 'harvest: column "idd" does not exist (42703)'
	harvest 78 <<<'take public.tt int8 id'
}

@test "one that stops early: the session goes on in the next transaction" {
	cluster_sql "CREATE TABLE big AS SELECT g::int8 AS id, repeat('x', 1000) AS t FROM generate_series(1, 100000) g"
	harvest 0 <<-'END'
		begin
		some public.big int8,text id,t||id DESC
		rollback
		take public.t int8 id||id
	END
	[ "$(wc -l <"$stdout")" -eq 4 ]
	[ "$(head -c 7 "$stdout")" = '100000 ' ]
}

@test "two sessions see one instant" {
	{
		printf 'begin\ntake public.t int8 id||id\n'
		await grep -qs 3 out
		cluster_sql 'INSERT INTO t (id) VALUES (4)'
		printf 'second\ntake public.t int8 id||id\nrollback\ntake public.t int8 id||id\n'
	} | "$ROWPIPE_TESTS/harvest" >out
	[ "$(tr '\n' ' ' <out)" = '1 2 3 1 2 3 1 2 3 4 ' ]
}

@test "a session that is read-only writes nothing; a value in the middle that fails is told" {
	harvest 78 <<-'END'
		begin
		run DELETE FROM public.t
	END
	expect_said 'read-only transaction'
	harvest 78 <<<'take public.t int8 (1/(id-3))||id'
	expect_said 'division by zero'
}

@test "text that is no UTF-8, in a database that does not care" {
	cluster_fresh careless "ENCODING SQL_ASCII LC_COLLATE 'C' LC_CTYPE 'C'"
	cluster_sql "CREATE TABLE t (id int8, x text); INSERT INTO t VALUES (1, 'a'), (2, E'\\xff')" careless
	harvest 78 <<<'take public.t int8,text id,x||id'
	expect_stdout '1 "a"'
	expect_stderr 'harvest: public.t: invalid byte sequence for encoding "UTF8": 0xff (22021)'
	expect_status 66 pg-extract -d careless
	expect_said 'invalid byte sequence'
	expect_status 64 pg-extract -d careless -T t --query 'q=SELECT 1/(id - 1) AS x FROM t'
	expect_said 'division by zero'
}
