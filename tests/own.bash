# For bats files that use rowpipe's own server: `load own` behind `load cluster`.  own_make in
# setup_file makes one, on which nothing is made safe against a crash of the machine; own_copy gives
# a test its own copy of it, as ROWPIPE_HOME.

own_make() {
	cluster_find >/dev/null || return 0
	export OWN=$BATS_FILE_TMPDIR/own
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	ROWPIPE_HOME=$OWN rowpipe db start && ROWPIPE_HOME=$OWN rowpipe db stop
	echo 'fsync = off' >>"$OWN/postgres/postgresql.conf"
}

own_copy() {
	cp -a "$OWN" "$ROWPIPE_HOME"
}
