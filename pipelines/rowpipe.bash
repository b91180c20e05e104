# What `rowpipe migrate` and `rowpipe replay` have in common: a raw stream, through types and names,
# into the target.  Sourced by both, which set $command.

umask 077
types=() names=() load=() kept=() typed=() given=() database= own= run= status=0
stop() { local code=$1; shift; printf 'rowpipe %s: %s\n' "$command" "$*" >&2; exit "$code"; }

# quote WORD…: words as people type them and a shell reads them back, with nothing invisible in them.
quote() {
	local LC_ALL=C word between= mark="'\\''"
	for word; do
		printf %s "$between"
		case $word in
		*[[:cntrl:]]* | *$'\xc2'[$'\x80'-$'\x9f']* | *$'\xe2\x81'* | \
			*$'\xe2\x80'[$'\x8b'-$'\x8f'$'\xa8'-$'\xae']*) printf %q "$word" ;;
		'' | *[!A-Za-z0-9_@%+=:,./~-]*) printf "'%s'" "${word//"'"/$mark}" ;;
		*) printf %s "$word" ;;
		esac
		between=' '
	done
}

# take NAME VALUE: one option, for whom it is; false where it is for none of these.  What decides on
# types and names is $kept with the run.
take() {
	case $1 in
	--dbname) database=$2; return ;;
	--dry-run) load+=("$1"); return ;;
	--use-plan | --set) types+=("$1" "$2") names+=("$1" "$2") ;;
	--timezone) types+=("$1" "$2") ;;
	--times | --strict-types) types+=("$1") ;;
	--names | --target-schema) names+=("$1" "$2") ;;
	*) return 1 ;;
	esac
	[ "$1" = --use-plan ] || { kept+=("$1" "$2"); return 0; }
	kept+=("$1" "$(realpath -- "$2" 2>/dev/null)")
}

# typed NAME VALUE: puts the option, as it is typed, into $typed.
typed() {
	case $1 in
	--check | --no-check | --no-archive | --times | --strict-types | --dry-run) typed=("$1") ;;
	--snapshot) typed=("$1${2:+=$2}") ;;
	*) typed=("$1" "$2") ;;
	esac
}

# Without -d: a new database, for the source with this real path, in a server of one's own.
open_own() {
	[ -z "$database" ] || return 0
	[ -z "${DATABASE_URL:-}" ] || echo 'DATABASE_URL is set but not used: add -d env:DATABASE_URL' >&2
	[ -z "${PGHOST:-}" ] || echo 'PGHOST is set but not used: add -d and the name of a database' >&2
	own=$(rowpipe-db new "$1") && database=$(rowpipe-db url "$own") || exit
	unset "${!PG@}"
}

# It takes the place of the one before when all is well, and goes when it is not.
close_own() {
	[ -n "$own" ] || return 0
	if [ "$status" -eq 0 ] && [ "${load[*]}" != --dry-run ]; then
		own=$(rowpipe-db keep "$own") || exit
	else
		rowpipe-db drop "$own"
	fi
}

# land COMMAND…: what COMMAND writes is loaded.  A signal goes to all of the pipe, and its end is
# waited for.  The plan is what the options have given: it is as old as they are, until it is edited.
land() {
	export ROWPIPE_LOG=$run/log
	local new=
	[ -e "$run/plan" ] || { names+=(--save-plan "$run/plan") new=yes; }
	logged=$(wc -l 2>/dev/null <"$run/log")
	rm -f -- "$run/todo.new" "$run/report.new"
	set -m
	{
		trap : INT TERM HUP
		"$@" | rows-retype "${types[@]}" | rows-rename "${names[@]}" |
			pg-load -d "$database" --todo "$run/todo.new" --report "$run/report.new" "${load[@]}"
	} &
	job=$!
	set +m
	for signal in INT TERM HUP; do
		# shellcheck disable=SC2064
		trap "kill -$signal -- -$job" "$signal"
	done
	wait "$job"
	status=$?
	[ "$status" -le 128 ] || wait "$job" || status=$?
	trap - INT TERM HUP
	[ -z "$new" ] || [ ! -e "$run/plan" ] ||
		{ printf '%s\0' "${kept[@]}" >"$run/options" && touch -r "$run/plan" -- "$run/options"; }
	[ "$status" -ne 0 ] ||
		{ mv -f -- "$run/todo.new" "$run/todo.sql" && mv -f -- "$run/report.new" "$run/report.json"; }
}

# The last line of a run that failed: the command that goes on.
go_on() {
	local line where=("${database:+-d}" "$database")
	[ -z "$own" ] && [ -n "$database" ] || where=()
	[ "$database" != env:ROWPIPE_DATABASE ] ||
		echo 'the address held a password, which is kept nowhere: put it into ROWPIPE_DATABASE' >&2
	if [ ! -e "$run/archive.rows" ]; then
		quote rowpipe migrate "${given[@]}" "${where[@]}" "$source" >&2
	else
		[ "$command" = replay ] || given=("${load[@]}")
		line=$(tail -n "+$((${logged:-0} + 1))" "$run/log" |
			sed -n 's/.*; the plan line that takes it: //p' | tail -n 1)
		quote rowpipe replay "${given[@]}" ${line:+--set "$line"} "${where[@]}" "$run" >&2
	fi
	echo >&2
	exit "$status"
}

# The last lines of one that did not.
show_kept() {
	[ "${load[*]}" != --dry-run ] || return 0
	echo "counts of all tables are equal; not verified cell by cell"
	[ ! -s "$run/todo.sql" ] || echo "to-dos, with their reasons and SQL: $(quote "$run/todo.sql")"
	echo "kept: $(quote "$run"), $(du -sh "$run" | cut -f 1); to free it: rm -r $(quote "$run")"
	case $own$database in
	env:ROWPIPE_DATABASE) ;;
	env:*) echo "look: psql \"\$${database#env:}\"" ;;
	"$database") echo "look: psql $(quote "$database")" ;;
	*) echo "look: rowpipe db psql $own" ;;
	esac
}
