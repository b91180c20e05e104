#!/usr/bin/env python3
"""fidelity.py DB: is what the last load into $PGDATABASE brought what stands in the SQLite file?

Shares nothing with the tools: SQLite is read by Python, PostgreSQL by psql.  Tables are those that
rowpipe.run_tables names, columns go by their place, rows by their order, which COPY keeps.  Prints
each difference (the first of a column) and exits with 1; silence is equality.
"""
import datetime
import decimal
import json
import math
import re
import sqlite3
import subprocess
import sys
import uuid

MARK = "--fidelity-8f1c--"
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
EPOCHS = [("1970", 1), ("1970", 10**3), ("1970", 10**6), ("1970", 10**9), ("2001", 1),
	("1601", 10**6)]


def psql(script):
	done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"],
		input=script.encode(), capture_output=True, check=False)
	if done.returncode != 0:
		sys.exit(done.stderr.decode())
	return done.stdout.decode("utf-8")


def unescape(cell):
	return None if cell == "\\N" else re.sub(r"\\(.)", lambda m: ESCAPES[m[1]], cell, flags=re.S)


def quote(name):
	return '"' + name.replace('"', '""') + '"'


def decimal_of(value):
	try:
		return decimal.Decimal(repr(value) if isinstance(value, float) else str(value).strip())
	except decimal.InvalidOperation:
		return None


def parse_time(text):
	found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?"
		r" ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?", text)
	if found is None:
		return None
	year, month, day, hour, minute, second = (int(x or 0) for x in found.groups()[:6])
	micro = int((found[7] or "").ljust(6, "0")[:6])
	zone = re.sub("[Z:UTC]", "", found[8] or "").ljust(5, "0")
	offset = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
	at = datetime.datetime(year, month, day) + datetime.timedelta(hours=hour, minutes=minute,
		seconds=second, microseconds=micro)
	return at + offset if zone[0] == "-" else at - offset


def same_time(value, text):
	there = parse_time(text)
	compact = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?", str(value))
	if compact is not None and parse_time("%s-%s-%s %s:%s:%s" % tuple(
		part or "00" for part in compact.groups())) == there:
		return True
	if isinstance(value, str):
		return there is not None and parse_time(value) == there
	if isinstance(value, float) and 1e6 < value < 5e6:
		value, epochs = (value - 2440587.5) * 86400, [("1970", 1)]
	else:
		epochs = EPOCHS
	for year, unit in epochs:
		micros = decimal_of(value) * 10**6 / unit
		try:
			if datetime.datetime(int(year), 1, 1) + datetime.timedelta(
				microseconds=int(micros.to_integral_value())) == there:
				return True
		except OverflowError:
			pass
	return False


def same_bool(value, text):
	words = {"t": ("1", "true", "t", "yes", "y", "on"), "f": ("0", "false", "f", "no", "n", "off")}
	return str(value).lower() in words[text]


def same_bytes(value, text):
	raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
	return bytes.fromhex(text[2:]) == raw


def same_text(value, text):
	if isinstance(value, float):
		return float(text) == value and math.copysign(1, float(text)) == math.copysign(1, value)
	return text == (value.decode() if isinstance(value, bytes) else str(value))


def same_real(value, text):
	there = float(text)
	return there == float(value) and math.copysign(1, there) == math.copysign(1, float(value))


def same_uuid(value, text):
	return uuid.UUID(text) == (uuid.UUID(bytes=value) if isinstance(value, bytes) else
		uuid.UUID(value))


def same_json(value, text):
	return json.loads(text, parse_float=decimal.Decimal) == \
		json.loads(value if isinstance(value, (str, bytes)) else repr(value),
			parse_float=decimal.Decimal)


def same(value, kind, text):
	if value is None or text is None:
		return value is None and text is None
	if kind == "numeric" or kind in ("smallint", "integer", "bigint"):
		return decimal_of(value) is not None and decimal_of(value) == decimal_of(text)
	if kind == "time without time zone":
		return text.startswith(value) or value.startswith(text)
	if kind.startswith(("timestamp", "date")):
		return same_time(value, text)
	return {"boolean": same_bool, "bytea": same_bytes, "double precision": same_real,
		"uuid": same_uuid, "json": same_json, "jsonb": same_json}.get(kind, same_text)(value, text)


def tables():
	rows = psql("SELECT json_build_object('source', t.source, 'name', t.name, 'columns', ("
		"SELECT json_agg(format_type(a.atttypid, NULL) ORDER BY attnum) FROM pg_attribute a "
		"WHERE a.attrelid = t.oid AND a.attnum > 0)) FROM rowpipe.run_tables t WHERE stream = ("
		"SELECT stream FROM rowpipe.runs ORDER BY ended DESC LIMIT 1)")
	return [json.loads(row) for row in rows.split("\n") if row != ""]


def read_target(wanted):
	script = "SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 3;\n"
	for table in wanted:
		script += "COPY (SELECT * FROM %s ORDER BY ctid) TO STDOUT;\n\\echo %s\n" % (
			table["name"], MARK)
	parts = psql(script).split(MARK + "\n")
	return [[[unescape(cell) for cell in line.split("\t")] for line in part.split("\n")[:-1]]
		for part in parts[:-1]]


def compare(table, ours, theirs):
	if len(ours) != len(theirs):
		yield "%d rows, and %d in the target" % (len(ours), len(theirs))
	told = set()
	for number, (a, b) in enumerate(zip(ours, theirs), 1):
		if len(a) != len(b):
			yield "row %d has %d cells, and %d in the target" % (number, len(a), len(b))
			return
		for place, (value, kind, text) in enumerate(zip(a, table["columns"], b)):
			if place not in told and not same(value, kind, text):
				told.add(place)
				yield "row %d, column %d: %.80r is %.80r as %s" % (number, place + 1,
					value, text, kind)


def main():
	source = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
	source.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
	wanted = tables()
	differences = 0
	for table, rows in zip(wanted, read_target(wanted)):
		ours = source.execute("SELECT * FROM " + quote(table["source"])).fetchall()
		for difference in compare(table, ours, rows):
			differences += 1
			print("%s: %s" % (table["source"], difference))
	return differences > 0


if __name__ == "__main__":
	sys.exit(main())
