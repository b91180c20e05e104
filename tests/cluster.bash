# For bats files that need a PostgreSQL server: `load cluster` behind `load help`, and
#
#	setup_file()    { cluster_start; }
#	teardown_file() { cluster_stop; }
#	setup()         { enter_temp; cluster_need; }
#
# A private server for one bats file: Unix socket only, in a folder of its own below TMPDIR, as an
# unprivileged user where root runs the tests, with nothing made safe against a crash of the
# machine.  libpq's environment (PGHOST ...) points to it, to the superuser postgres and the database
# postgres; everybody is trusted but the role "locked", who needs a password.
#
#	CLUSTER      its folder, where the socket is, too
#	CLUSTER_BIN  the server's executables
#	CLUSTER_VERSION  14, 15 ...

# $ROWPIPE_POSTGRES, or the newest server of this machine: Debian's, Red Hat's and Homebrew's places,
# then PATH.
cluster_find() {
	local bin
	[ -z "${ROWPIPE_POSTGRES:-}" ] || { printf '%s\n' "$ROWPIPE_POSTGRES"; return; }
	bin=$(for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
		/usr/local/opt/postgresql@*/bin /home/linuxbrew/.linuxbrew/opt/postgresql@*/bin; do
		[ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && printf '%s\n' "$bin"
	done | sort -V | tail -n 1)
	[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)") || return
	printf '%s\n' "$bin"
}

# cluster_as COMMAND…: as the user that the server runs as.
cluster_as() {
	if [ -n "$CLUSTER_USER" ]; then
		(cd / && setpriv --reuid="$CLUSTER_USER" --regid="$(id -g "$CLUSTER_USER")" \
			--clear-groups env HOME="$CLUSTER" "$@")
	else
		"$@"
	fi
}

cluster_environment() {
	local name
	for name in $(compgen -e PG); do
		unset "$name"
	done
	export PGHOST=$CLUSTER PGUSER=postgres PGDATABASE=postgres PGCONNECT_TIMEOUT=20
}

# cluster_start [SETTING…]: SETTING is a line of postgresql.conf.
cluster_start() {
	# The tests of a file share the server.
	export BATS_NO_PARALLELIZE_WITHIN_FILE=true
	export CLUSTER='' CLUSTER_USER='' CLUSTER_MISSING='' CLUSTER_BIN CLUSTER_VERSION
	if ! CLUSTER_BIN=$(cluster_find); then
		CLUSTER_MISSING='no PostgreSQL server on this machine'
		return
	fi
	CLUSTER=$(mktemp -d "${TMPDIR:-/tmp}/rowpipe-pg.XXXXXX")
	if [ "$(id -u)" -eq 0 ]; then
		CLUSTER_USER=$(id -un postgres 2>/dev/null) || CLUSTER_USER=nobody
		chown "$CLUSTER_USER" "$CLUSTER"
	fi
	chmod 711 "$CLUSTER"
	cluster_environment
	cluster_as "$CLUSTER_BIN/initdb" -D "$CLUSTER/data" -U postgres -A trust --no-sync \
		--encoding=UTF8 --locale=C >"$CLUSTER/initdb.log" 2>&1 || {
		cat "$CLUSTER/initdb.log"
		return 1
	}
	CLUSTER_VERSION=$(cluster_as cat "$CLUSTER/data/PG_VERSION")
	cat >>"$CLUSTER/data/postgresql.conf" <<-END
		password_encryption = 'scram-sha-256'
		listen_addresses = ''
		unix_socket_directories = '$CLUSTER'
		max_connections = 30
		shared_buffers = 32MB
		fsync = off
		full_page_writes = off
		$(printf '%s\n' "$@")
	END
	cat >"$CLUSTER/data/pg_hba.conf" <<-END
		local all locked scram-sha-256
		local all all    trust
	END
	cluster_up
}

# Starts the server unless it runs.
cluster_up() {
	cluster_as "$CLUSTER_BIN/pg_ctl" status -D "$CLUSTER/data" >/dev/null 2>&1 && return
	# The server must not hold on to the descriptor that bats waits for.
	cluster_as "$CLUSTER_BIN/pg_ctl" start -w -t 60 -D "$CLUSTER/data" -l "$CLUSTER/data/log" \
		>/dev/null 2>&1 3>&- 4>&- || {
		tail -n 20 "$CLUSTER/data/log"
		return 1
	}
}

# cluster_down [MODE]: fast, immediate, smart.
cluster_down() {
	cluster_as "$CLUSTER_BIN/pg_ctl" stop -w -t 60 -m "${1:-fast}" -D "$CLUSTER/data" >/dev/null
}

cluster_stop() {
	[ -n "$CLUSTER" ] || return 0
	cluster_down immediate || true
	rm -rf -- "$CLUSTER"
}

# Skips the test where there is no server.
cluster_need() {
	[ -z "$CLUSTER_MISSING" ] || skip "$CLUSTER_MISSING"
}

# cluster_sql SQL [DATABASE]: rows as lines, | between the cells; stops at the first error.
cluster_sql() {
	"$CLUSTER_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "${2:-$PGDATABASE}" -c "$1"
}

# is EXPECTED SQL: what it answers.
is() {
	local found
	found=$(cluster_sql "$2")
	[ "$found" = "$1" ] && return
	printf '%s\nfound %s\nnot   %s\n' "$2" "$found" "$1"
	return 1
}

# cluster_until SQL: waits until its answer is t, 20 s at most; one that cannot be asked yet is no.
cluster_until() {
	local try
	for try in {1..400}; do
		[ "$(cluster_sql "$1" 2>/dev/null)" != t ] || return 0
		sleep 0.05
	done
	echo "not so after $try tries: $1"
	return 1
}

# cluster_hold SQL: a transaction that does it, and holds it until cluster_release.
cluster_hold() {
	"$CLUSTER_BIN/psql" -X -q -c "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; $1; SELECT pg_sleep(60)" \
		>/dev/null 2>&1 3>&- &
	CLUSTER_HOLDER=$!
	cluster_until "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
}
cluster_release() {
	cluster_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >/dev/null
	wait "$CLUSTER_HOLDER" || true
}

# cluster_fresh NAME [OPTIONS]: a new, empty database, which PGDATABASE names from now on; its schema
# public is closed, as it always is from version 15 on.
cluster_fresh() {
	cluster_sql "DROP DATABASE IF EXISTS $1" postgres 2>/dev/null
	cluster_sql "CREATE DATABASE $1 TEMPLATE template0 ${2:-}" postgres
	[ "$CLUSTER_VERSION" -ge 15 ] || cluster_sql 'REVOKE CREATE ON SCHEMA public FROM PUBLIC' "$1"
	export PGDATABASE=$1
}
