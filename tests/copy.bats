# COPY in both forms, against a server: what goes in is what comes out.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
}

@test "every type's edges, and random rows, are the same from both forms" {
	expect_silence "$ROWPIPE_TESTS/copy" 5000
}

@test "whatever the role and the database are set to" {
	cluster_sql "ALTER ROLE postgres SET datestyle = 'SQL, DMY'; ALTER ROLE postgres SET timezone = 'Asia/Tokyo';
		ALTER ROLE postgres SET extra_float_digits = -3; ALTER ROLE postgres SET bytea_output = 'escape'"
	expect_silence "$ROWPIPE_TESTS/copy" 500
	cluster_sql 'ALTER ROLE postgres RESET ALL'
	cluster_fresh latin "ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'"
	expect_status 78 "$ROWPIPE_TESTS/copy" 500
	expect_said 'has no equivalent in encoding "LATIN1"'
}
