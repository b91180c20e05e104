# A server that proves who it is: its own authority, its host name, and what is said when they are
# not the right ones.  TLS needs TCP: 127.0.0.1 only, and a port that is free.
load help
load cluster

free_port() {
	python3 -c 'import socket
with socket.socket() as s:
	s.bind(("127.0.0.1", 0))
	print(s.getsockname()[1])'
}

# authority NAME: NAME.crt and NAME.key, which sign.
authority() {
	openssl req -new -x509 -days 2 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-subj "/CN=$1" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}

setup_file() {
	command -v openssl >/dev/null || export TLS_MISSING='no openssl'
	PGPORT=$(free_port)
	cluster_start "listen_addresses = '127.0.0.1'" "port = $PGPORT" || return
	[ -n "$CLUSTER" ] && [ -z "${TLS_MISSING:-}" ] || return 0
	export PGPORT
	cd "$CLUSTER" || return
	authority right && authority wrong
	openssl req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=db.example \
		-keyout data/server.key -out server.csr 2>/dev/null
	openssl x509 -req -in server.csr -days 2 -CA right.crt -CAkey right.key -CAcreateserial \
		-extfile <(echo 'subjectAltName = DNS:db.example') -out data/server.crt 2>/dev/null
	chmod 600 data/server.key
	[ -z "$CLUSTER_USER" ] || chown "$CLUSTER_USER" data/server.key data/server.crt
	chmod 644 right.crt wrong.crt
	echo 'ssl = on' >>data/postgresql.conf
	echo 'hostssl all locked 127.0.0.1/32 scram-sha-256' >>data/pg_hba.conf
	echo 'hostssl all all 127.0.0.1/32 trust' >>data/pg_hba.conf
	cluster_down && cluster_up
}

teardown_file() { cluster_stop; }

setup() {
	enter_temp
	cluster_need
	[ -z "${TLS_MISSING:-}" ] || skip "$TLS_MISSING"
	export PGPORT=$(sed -n 's/^port = //p' "$CLUSTER/data/postgresql.conf")
	cluster_fresh tls
	sqlite3 app.db 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
	unset ROWPIPE_RUNS DATABASE_URL ROWPIPE_DATABASE
}

# url HOST AUTHORITY: the name is the one that is checked; hostaddr is where it is.
url() {
	echo "postgres://postgres@$1:$PGPORT/tls?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=$CLUSTER/$2.crt"
}

@test "the right authority and the right name" {
	export WHERE=$(url db.example right)
	unset PGHOST
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	[ "$(psql "$WHERE" -XAtc 'SELECT a, ssl FROM t, pg_stat_ssl WHERE pid = pg_backend_pid()')" = '1|t' ]
	expect_status 0 rowpipe migrate --check app.db -d env:WHERE --target-schema other
	grep -q '^ok     server: PostgreSQL .*, encrypted$' "$stdout"
	grep -q '^ok     space: what is free at the server cannot be seen from here' "$stdout"
}

@test "another authority, or another name: 69, and nothing is sent" {
	unset PGHOST
	export WHERE=$(url db.example wrong)
	expect_status 69 rowpipe migrate app.db -d env:WHERE
	expect_said "^pg-load: cannot connect to database tls at db.example:$PGPORT: SSL error: certificate verify failed"
	export WHERE=$(url other.example right)
	expect_status 69 rowpipe migrate app.db -d env:WHERE
	expect_said '^pg-load: cannot connect .*: server certificate for "db.example" does not match host name "other.example"'
	[ "$(tail -n 1 "$stderr" | cut -d ' ' -f 1-4)" = 'rowpipe replay -d env:WHERE' ]
	[ "$(PGHOST=$CLUSTER cluster_sql "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" tls)" = 0 ]
}

@test "an authority that is not there: 69" {
	unset PGHOST
	export WHERE=$(url db.example none)
	expect_status 69 rowpipe migrate app.db -d env:WHERE
	expect_said 'root certificate file "[^"]*none.crt" does not exist'
}

@test "a server that wants TLS: what was wrong is told, not that the second try had none" {
	unset PGHOST PGUSER
	PGHOST=$CLUSTER PGUSER=postgres cluster_sql "DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'geheim'"
	export WHERE="postgres://locked:falsch@127.0.0.1:$PGPORT/tls"
	expect_status 77 rowpipe migrate app.db -d env:WHERE
	expect_said '^pg-load: cannot connect .*: password authentication failed for user "locked" \(28P01\)$'
	export WHERE="postgres://postgres@127.0.0.1:$PGPORT/tls?sslmode=disable"
	expect_status 77 rowpipe migrate app.db -d env:WHERE
	expect_said ', (no encryption|SSL off) \(28000\); it may take connections with TLS only: sslmode=require$'
	for how in ssl=true ssl=no-verify sslmode=no-verify sslaccept=accept_invalid_certs; do
		export WHERE="postgres://locked:geheim@127.0.0.1:$PGPORT/tls?$how"
		expect_status 0 pg-extract -s --query 'q=SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()' -d env:WHERE
	done
	export WHERE="postgres://locked:geheim@127.0.0.1:$PGPORT/tls?sslaccept=strict"
	HOME=$TEMP expect_status 69 pg-extract -d env:WHERE
	expect_said 'root certificate file .* does not exist; sslrootcert=FILE names'
	export WHERE="jdbc:postgresql://db.example:$PGPORT/tls?user=locked&password=geheim&ssl=true&hostaddr=127.0.0.1&sslrootcert=$CLUSTER/right.crt"
	expect_status 0 pg-extract -d env:WHERE
}
