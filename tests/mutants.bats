# The proof catches tools with one rule broken each: some of them here, all with `make mutants`.
load help

@test "a loader, a conversion, a target that is wrong in one row: the proof ends with 1 and names it" {
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb || skip 'no PostgreSQL server on this machine'
	expect_status 0 "$ROOT/tests/mutants/run" --short
	[ "$(grep -c '^ok - ' "$stdout")" -eq 11 ]
	tail -n 1 "$stdout" | grep -Fxq '11 passed, 0 failed'
}
