# rowpipe: build, test, install.  `make help` lists the targets.
#
# Variants live side by side: objects, the archive and the tests of one are below bin/.build/VARIANT;
# executables are in bin/ for release, in bin/.build/VARIANT/bin for the others.

VERSION := 0.1.0

VARIANTS := release debug asan cover fuzz static
VARIANT ?= $(or $(filter $(VARIANTS),$(MAKECMDGOALS)),release)
ifneq ($(words $(VARIANT)) $(words $(filter $(VARIANTS),$(VARIANT))),1 1)
$(error VARIANT is one of: $(VARIANTS))
endif
BUILD := bin/.build/$(VARIANT)
BIN := $(if $(filter release,$(VARIANT)),bin,$(BUILD)/bin)

.DELETE_ON_ERROR:
.SUFFIXES:
# All processors by default; -jN given by hand still wins, a calling make shares its own out.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

# --- what is here --------------------------------------------------------------------------------

LIBRARY := $(wildcard lib/*/*.c)
FILTERS := $(wildcard filters/*.c)
SCRIPTS := $(foreach s,$(wildcard pipelines/*),$(if $(findstring .,$(notdir $s)),,$s))
UNITS := $(wildcard tests/unit/*.c)
DRIVERS := $(wildcard tests/drivers/*.c)
REPLAY := $(wildcard tests/fuzz/replay.c)
FUZZERS := $(filter-out $(REPLAY),$(wildcard tests/fuzz/*.c))
ifeq ($(VARIANT),static)
FILTERS := $(filter $(patsubst %,filters/%.c,sqlite-extract rows-archive rows-check),$(FILTERS))
SCRIPTS :=
endif

ARCHIVE := $(BUILD)/librowpipe.a
TOOLS := $(FILTERS:filters/%.c=$(BIN)/%)
COMMANDS := $(SCRIPTS:pipelines/%=$(BIN)/rowpipe-%)
TESTS := $(UNITS:%.c=$(BUILD)/%) $(DRIVERS:tests/drivers/%.c=$(BUILD)/tests/%) $(FUZZERS:%.c=$(BUILD)/%)
OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(LIBRARY) $(FILTERS) $(UNITS) $(DRIVERS) $(FUZZERS) $(REPLAY))

# --- what is needed ------------------------------------------------------------------------------

ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(VARIANT)),clang,gcc)
endif
PKG_CONFIG ?= pkg-config

module = $(shell $(PKG_CONFIG) --exists $1 >/dev/null 2>&1 && echo $1)
command = $(shell command -v $(firstword $1) 2>/dev/null)

# msgpack's module and package were both renamed; libpq is needed once a file of ours includes it.
MSGPACK = $(or $(call module,msgpack-c),$(call module,msgpack),msgpack)
LIBPQ := $(if $(shell grep -ls 'libpq-fe\.h' lib/*/*.c 2>/dev/null),libpq)
MODULES = sqlite3 libzstd libxxhash $(MSGPACK)
PROGRAMS = $(CC) $(firstword $(PKG_CONFIG)) $(if $(filter check deps,$(MAKECMDGOALS)),$(TEST_PROGRAMS)) \
	$(if $(filter demo deps,$(MAKECMDGOALS))$(HELPS_ITSELF),sqlite3 $(SERVER))
TEST_PROGRAMS := bats sqlite3 jq strace python3
# A server's programs are seldom in PATH.  (Not by wildcard, which would not see what was installed
# meanwhile.)  Tests that need a server are skipped where there is none.
SERVER = $(if $(shell command -v initdb || ls -d 2>/dev/null $(addsuffix /initdb,$(ROWPIPE_POSTGRES) \
	/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
	/usr/local/opt/postgresql*/bin /home/linuxbrew/.linuxbrew/opt/postgresql*/bin)),,postgresql)

find_missing = $(strip $(foreach p,$(sort $(PROGRAMS)),$(if $(call command,$p),,$p)) \
	$(foreach m,$(MODULES) $(LIBPQ),$(if $(call module,$m),,lib$(patsubst lib%,%,$m))))

# A program's Debian package has its name, a module's is libNAME-dev; these are the exceptions.
package_gcc := gcc libc6-dev
package_cc := gcc libc6-dev
package_clang := clang libc6-dev
package_$(firstword $(PKG_CONFIG)) := pkg-config
package_libmsgpack = $(shell for p in libmsgpack-c-dev libmsgpack-dev; do \
	apt-cache show $$p >/dev/null 2>&1 && echo $$p && exit; done; . /etc/os-release; \
	case $$ID-$$VERSION_ID in (debian-12|ubuntu-2*) echo $$p ;; (*) echo libmsgpack-c-dev ;; esac)
packages = $(strip $(foreach m,$(MISSING),$(or $(package_$m),$(if $(filter lib%,$m),$m-dev,$m))))

APT_GET := DEBIAN_FRONTEND=noninteractive apt-get
ROOT := $(filter 0,$(shell id -u 2>/dev/null))
BUILDS := $(filter-out help deps clean uninstall floors style,$(or $(MAKECMDGOALS),all))

# Only `make check` and `make demo` by root, as on a fresh machine, install what is missing.
HELPS_ITSELF := $(and $(filter check demo,$(BUILDS)),$(ROOT),$(call command,apt-get))

MISSING := $(if $(BUILDS)$(filter deps,$(MAKECMDGOALS)),$(find_missing))
ifneq ($(and $(MISSING),$(HELPS_ITSELF)),)
$(shell { $(APT_GET) update; $(APT_GET) install -y $(packages); } >&2)
MISSING := $(find_missing)
endif
OLD := $(if $(call module,sqlite3),$(if $(call module,'sqlite3 >= 3.37'),,sqlite3))
# One line and nothing else: under -q make runs no recipe, adds no word and exits with 1.
ifneq ($(and $(BUILDS),$(MISSING)),)
$(shell printf '%s\n' 'missing: $(MISSING); install with: sudo apt-get install -y $(packages)' >&2)
MAKEFLAGS += -q
else ifneq ($(and $(BUILDS),$(OLD)),)
$(shell printf '%s\n' "too old: SQLite $$($(PKG_CONFIG) --modversion sqlite3); 3.37 is needed (as in Debian 12, \
	Ubuntu 22.04): install a newer one, and name its lib/pkgconfig in PKG_CONFIG_PATH" >&2)
MAKEFLAGS += -q
endif

# --- flags: ours first, so that CFLAGS, CPPFLAGS and LDFLAGS of the user decide ------------------

# Those of the flags that this compiler, C library and processor take without a warning.
accepted = $(shell for flag in $1; do $(CC) -O2 $(CPPFLAGS) $(CFLAGS) -Werror $$flag -fsyntax-only \
	-include stdio.h -xc /dev/null >/dev/null 2>&1 && echo $$flag; done)
FORTIFY = -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE
HARDEN = -fstack-protector-strong $(call accepted,-fstack-clash-protection -fcf-protection) \
	$(firstword $(call accepted,$(FORTIFY)=3 $(FORTIFY)=2))
RELRO := -Wl,-z,relro,-z,now,-z,noexecstack
SANITIZE := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all

flags_release = -O3 -g -fno-plt $(HARDEN) $(LTO_FLAGS)
flags_static = $(flags_release)
flags_debug := -O0 -g3
flags_asan := $(SANITIZE) -Og -g1 -DXXH_NO_INLINE_HINTS -fsanitize=address,undefined
flags_cover := -O0 -g --coverage
flags_fuzz := $(SANITIZE) -fsanitize=fuzzer-no-link,address,undefined
link_release = -pie $(RELRO) $(LTO_LINK)
link_static = -static-pie $(RELRO) $(LTO_LINK)

ifeq ($(LTO),1)
CLANG := $(findstring clang,$(CC))
AR := $(if $(CLANG),llvm-ar,gcc-ar)
LTO_FLAGS := $(if $(CLANG),-flto=thin,-flto=auto)
LTO_LINK := $(if $(CLANG),-fuse-ld=lld)
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wundef -Wformat=2 -Wcast-qual \
	-Wpointer-arith $(call accepted,-Wduplicated-cond)

# No static tool speaks to PostgreSQL; libpq would ask for archives that nobody has.
PKG_LIBS := $(if $(filter static,$(VARIANT)),--static --libs $(MODULES),--libs $(MODULES) $(LIBPQ))
PKG_LIBS := $(shell $(PKG_CONFIG) $(PKG_LIBS) 2>/dev/null)
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(MODULES) $(LIBPQ) 2>/dev/null)

DEFINES := -D_GNU_SOURCE -DROWPIPE_VERSION='"$(VERSION)"'
MODE := $(flags_$(VARIANT))
COMPILE := $(CC) -std=c11 -Ilib $(DEFINES) -fPIE $(MODE) $(WARNINGS) \
	$(if $(filter 1,$(WERROR)),-Werror) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
LINK := $(CC) $(MODE) $(CFLAGS) $(link_$(VARIANT)) $(LDFLAGS)
# The archive gives a tool only what it calls, --as-needed only the libraries that this part calls.
LIBS := -Wl,--as-needed $(PKG_LIBS) $(LDLIBS) -lm -lpthread

# --- build ---------------------------------------------------------------------------------------

Q := $(if $(V),,@)
say = @printf '  %-4s %s\n'

# Only what this machine runs can tell its own manual.
MANUALS := $(if $(filter release,$(VARIANT)),$(foreach t,$(notdir $(TOOLS)),bin/.build/man/$t.1 \
	bin/.build/completions/bash/$t bin/.build/completions/zsh/_$t))
MANUALS := $(MANUALS:bin/.build/man/rowpipe.1=bin/.build/man/rowpipe-migrate.1) \
	$(if $(MANUALS),$(addprefix bin/.build/man/rowpipe-,replay.1 verify.1 runs.1 undo.1 forget.1))

all: $(TOOLS) $(COMMANDS) $(MANUALS) ## build every executable and command (the default)
debug asan cover fuzz: all tests ## build this variant, with its tests
static: all ## sqlite-extract, rows-archive, rows-check as single files for other hosts
tests: $(TESTS) ## build the test executables

# A stamp is rewritten only when its text changed; what depends on it is then made again.
$(BUILD)/flags: TEXT = $(COMPILE) | $(LINK) $(LIBS) | $(AR)
$(BUILD)/sources: TEXT = $(LIBRARY)
$(BUILD)/flags $(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(TEXT))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(TEXT))' >$@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(COMPILE) $(if $(findstring tests/fuzz,$<),-Wno-missing-prototypes) -MMD -MP -c -o $@ $<

$(ARCHIVE): $(LIBRARY:%.c=$(BUILD)/%.o) $(BUILD)/sources
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(TOOLS): $(BIN)/%: $(BUILD)/filters/%.o
$(UNITS:%.c=$(BUILD)/%): %: %.o
$(DRIVERS:tests/drivers/%.c=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/drivers/%.o
# Under clang's fuzzer a fuzz target searches; linked with replay.c it is an ordinary test.
$(FUZZERS:%.c=$(BUILD)/%): %: %.o $(if $(filter fuzz,$(VARIANT)),,$(REPLAY:%.c=$(BUILD)/%.o))
fuzzer = $(if $(filter fuzz,$(VARIANT)),$(if $(findstring /tests/fuzz/,$@),-fsanitize=fuzzer))
$(TOOLS) $(TESTS): $(ARCHIVE)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(LINK) $(fuzzer) -o $@ $(filter %.o,$^) $(ARCHIVE) $(LIBS)

# Every tool writes its own manual page and completions.
bin/.build/man/%.1: $(BIN)/%
	@mkdir -p $(@D)
	$(Q)$< --manual=page > $@
bin/.build/man/rowpipe-%.1: $(BIN)/rowpipe $(BIN)/rowpipe-%
	@mkdir -p $(@D)
	$(Q)$< $* --manual=page > $@
bin/.build/completions/bash/%: $(BIN)/%
	@mkdir -p $(@D)
	$(Q)$< --manual=bash > $@
bin/.build/completions/zsh/_%: $(BIN)/%
	@mkdir -p $(@D)
	$(Q)$< --manual=zsh > $@

$(COMMANDS): $(BIN)/rowpipe-%: pipelines/%
	@mkdir -p $(@D)
	$(say) COPY $@
	$(Q)install -m 755 $< $@

-include $(OBJECTS:.o=.d)

# --- test ----------------------------------------------------------------------------------------

check: all tests ## build, then run every test of this VARIANT
	@tests/run $(VARIANT)

floors: ## prove from the #include lines that the floors hold
	@tests/floors
style: ## measure the code, complain about what breaks its style
	@tests/style
mutants: all ## break one rule of a tool at a time: the proof must catch each of them
	@tests/mutants/run
bench: all ## run the benchmarks
	@ROWPIPE_BIN=$(abspath $(BIN)) tests/bench/run; status=$$?; \
		ROWPIPE_BIN=$(abspath $(BIN)) tests/bench/load && tests/bench/resume && exit $$status

torture: all tests ## kill, cut, stop loads: SEED=1 N=20 moments of each kind (0: every one)
	@tests/torture/run $(or $(SEED),1) $(or $(N),20) $(if $(ONLY),'$(ONLY)')

# --- install -------------------------------------------------------------------------------------

prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
datarootdir ?= $(prefix)/share
mandir ?= $(datarootdir)/man
bashdir ?= $(datarootdir)/bash-completion/completions
zshdir ?= $(datarootdir)/zsh/site-functions

# $(call each,PUT): PUT with mode, files and folder, for every kind of file there is.
each = $(foreach s,5 7,$(call $1,644,$(wildcard lib/*/*.$s),$(mandir)/man$s)) \
	$(call $1,644,$(filter %.1,$(MANUALS)),$(mandir)/man1) \
	$(call $1,644,$(filter bin/.build/completions/bash/%,$(MANUALS)),$(bashdir)) \
	$(call $1,644,$(filter bin/.build/completions/zsh/%,$(MANUALS)),$(zshdir)) \
	$(call $1,755,$(TOOLS) $(COMMANDS),$(bindir))
put = $(if $(strip $2),install -d '$(DESTDIR)$3' && install -m $1 $2 '$(DESTDIR)$3' &&)
take = $(foreach f,$(notdir $2),rm -f '$(DESTDIR)$3/$f' &&)

install: all ## install below prefix=/usr/local; DESTDIR and the other GNU folders are honoured
	$(Q)$(call each,put) :
uninstall: ## remove what install installed
	$(Q)$(call each,take) :

demo: all ## migrate a small shop (or DB=path/to/your.db) into a PostgreSQL of your own
	@$(BIN)/rowpipe demo $(if $(DB),'$(subst ','\'',$(DB))')

deps: ## install the packages that build and tests need (apt-get, as root or with sudo)
	$(if $(MISSING),$(if $(ROOT),,sudo) sh -c '$(APT_GET) update && $(APT_GET) install -y $(packages)')

clean: ## remove everything that was built
	rm -rf bin/.build bin/*

help: ## list the targets
	@echo 'make [VARIANT=release|debug|asan|cover|fuzz|static] [WERROR=1] [LTO=1] [V=1] [TARGET]'
	@awk -F ':[^#]*## ' '/^[a-z][a-z ]*:.*## / { printf "  %-22s %s\n", $$1, $$2 }' Makefile

FORCE:
.PHONY: all debug asan cover fuzz static tests check floors style mutants bench torture install \
	uninstall demo deps clean help FORCE
