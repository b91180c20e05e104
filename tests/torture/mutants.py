"""Builds that lack one rule each, which the same tries must find."""
import os
import subprocess

# What is lacking; what is replaced, by what, in which files; the tries that find it, the likeliest first.
MUTANTS = (
    ("END is not asked for", (("filters/pg-load.c", "\t\ttake_frame(loading);\n",
     "\t\ttake_frame(loading);\n\tif (flow->fault.status == STATUS_STREAM) {\n\t\tflow->fault.status = 0;\n"
     "\t\tloading->flow.in.ended = true;\n\t}\n"),), ("short",)),
    ("no lock", (("lib/db/control.c", "take(control, \"pg_advisory_xact_lock\", STREAM_LOCK,",
     "take(control, \"pg_advisory_xact_lock\", CONTROL_LOCK(\"pg_catalog.txid_current()::text\"),"),), ("crowd", "silent", "cut")),
    ("progress is written behind the rows, in a transaction of its own", (("lib/db/staging.c",
     "\tload_close_copy(load, fault);\n\tload->control.arena",
     "\tload_close_copy(load, fault);\n\tlibpq_commit(load->libpq, fault);\n\tlibpq_begin(load->libpq, fault);\n"
     "\tload->control.arena"),), ("cut", "call", "moment")),
    ("progress is written ahead of the rows, in a transaction of its own", (("lib/db/staging.c",
     "\treturn staging->open ? 0 : staging_begin_transaction(staging, fault);\n",
     "\treturn staging->open ? 0 : staging_begin_transaction(staging, fault);\n}\n\n"
     "int staging_ahead(struct staging *staging, size_t place, uint64_t rows, const struct ledger *ledger,\n"
     "\tstruct fault *fault);\nstatic int write_part(struct staging *, size_t, struct fault *);\n"
     "int staging_ahead(struct staging *staging, size_t place, uint64_t rows, const struct ledger *ledger,\n"
     "\tstruct fault *fault)\n{\n\tstruct staging_part *part = &staging->parts[place];\n\n"
     "\tpart->first = part->last = ledger->seq;\n\tpart->rows = rows;\n\tchain_text(ledger, part->chain);\n"
     "\twrite_part(staging, place, fault);\n\tlibpq_commit(staging->load->libpq, fault);\n"
     "\tstaging->load->freezes = false;\n\treturn staging_begin_transaction(staging, fault);\n"),
     ("lib/db/staging.c", "\tpart->rows += rows;\n", ""),
     ("filters/pg-load.c", "\tloading->progress.table = table->name;\n\tloading->progress.expected",
     "\tint staging_ahead(struct staging *, size_t, uint64_t, const struct ledger *, struct fault *);\n"
     "\tif (loader->staging.on && !loader->passes)\n\t\tstaging_ahead(&loader->staging, "
     "flow->in.ledger.last, flow->in.frame.rows, &flow->in.ledger, &flow->fault);\n"
     "\tloading->progress.table = table->name;\n\tloading->progress.expected")),
     ("cut", "call", "moment")),
    ("an append is complete ahead of its rows", (("lib/db/append.c",
     "\tif (look_again(append, fault) != 0 || insert_all(append, fault) != 0 ||\n"
     "\t\tstaging_drop(append->staging, fault) != 0 ||\n"
     "\t\tlibpq_run(load->libpq, \"SET CONSTRAINTS ALL IMMEDIATE\", fault) != 0 ||\n"
     "\t\ttell_rows(append, fault) != 0 || remember(append, chain, fault) != 0)\n",
     "\tif (look_again(append, fault) != 0 || remember(append, chain, fault) != 0 ||\n"
     "\t\tlibpq_commit(load->libpq, fault) != 0 || libpq_begin(load->libpq, fault) != 0 ||\n"
     "\t\tinsert_all(append, fault) != 0 || staging_drop(append->staging, fault) != 0)\n"),),
     ("cut", "call", "moment")),
    ("the rows of COPY are not counted", (("lib/db/libpq.c", "\tif (taken != rows)\n", "\tif (taken > rows)\n"),),
     ("swallowed",)),
    ("the answer to COMMIT is not read", (("lib/db/libpq.c", "if (strcmp(PQcmdStatus(result), \"COMMIT\") != 0)",
     "if (strcmp(PQcmdStatus(result), \"COMMIT\") > 99)"),), ("undo",)),
    ("the chain is not compared", (("lib/db/staging.c",
     "staging->met = strcmp(chain_text(ledger, chain), staging->chain) == 0;",
     "chain_text(ledger, chain);\n\tstaging->met = true;"),), ("changed",)),
    ("the attempt is not compared", (("lib/db/control.c",
     "\tif (rows.count == 0 || libpq_number(&rows, 0, 0) != run->attempt)", "\tif (rows.count > 99)"),),
     ("overtaken", "crowd")),
    ("older transactions are not waited for", (("lib/db/staging_publish.c",
     "\tif (readers_wait(load->libpq, load->arena, seconds, tell_waiting, load, &trouble) == 0)\n",
     "\tif (trouble.status == 0)\n"),), ("moment", "call")),
    ("tables are published one by one", (("lib/db/staging_publish.c",
     "\tbytes_add_byte(sql, ';');\n\tif (strcmp(from->name", "\tbytes_add_text(sql, \";COMMIT;BEGIN;\");\n"
     "\tif (strcmp(from->name"),), ("cut", "moment")),
)


def mutate(edits):
    """The texts of the files that differ, by name."""
    texts = {}
    for file, old, new in edits:
        if file not in texts:
            with open(os.path.join(os.environ["ROOT"], file)) as source:
                texts[file] = source.read()
        if texts[file].count(old) != 1:
            raise SystemExit("the list of mutants is out of date: %s in %s" % (old, file))
        texts[file] = texts[file].replace(old, new)
    return texts


def build(name):
    """pg-load with it: what differs is compiled, and stands in front of the archive that has the rest."""
    root, folder = os.environ["ROOT"], os.path.join(os.environ["TEMP"], "mutants", name.replace(" ", "-"))
    release = os.path.join(root, "bin/.build/release")
    with open(release + "/flags") as flags:
        compiles, links, _ = flags.read().strip().split(" | ")
    split = links.index(" -Wl,--as-needed")
    edits = next(edits for title, edits, _ in MUTANTS if title == name)
    os.makedirs(folder)
    objects = [release + "/filters/pg-load.o"]
    for place, (file, text) in enumerate(mutate(edits).items()):
        source = "%s/%d.c" % (folder, place)
        with open(source, "w") as to:
            to.write(text)
        subprocess.run("%s -w -c -o %s.o %s" % (compiles, source, source), shell=True, cwd=root, check=True)
        objects = objects[1:] if file == "filters/pg-load.c" else objects
        objects.append(source + ".o")
    binary = folder + "/pg-load"
    subprocess.run("%s -o %s %s %s/librowpipe.a %s" % (links[:split], binary, " ".join(objects), release,
                                                       links[split:]), shell=True, cwd=root, check=True)
    return binary
