# offhook: run `make help` for what there is. Nothing but Go is needed; what else helps is installed or named.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help build demo test lint bench bench-quick fuzz fixtures fixtures-rewrite diagram prosody mingw wine windows tsp conformance installer clean

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed 's/:.*## /\t/' | expand -t 20

build: ## the program, as bin/offhook
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/offhook ./cmd/offhook

demo: build ## a busy minute of a simulated office, live; ends by itself within 30 seconds
	@bin/offhook demo

test: prosody wine ## everything a green run needs, the race detector included
	$(GO) vet ./...
	GOOS=windows $(GO) vet ./...
	GOOS=windows GOARCH=386 $(GO) vet ./cmd/offhook ./internal/winservice ./internal/support ./internal/place ./internal/password
	@$(MAKE) --no-print-directory lint
	$(GO) test -timeout 30m ./...
	$(GO) test -race -short ./...

# apt installs packages when that is possible here: $(call apt,what it is for,what is left out without it,packages)
apt = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "installing $(1)"; \
		apt-get -o DPkg::Lock::Timeout=300 update -qq; \
		DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $(3) >/dev/null \
			|| echo "LEFT OUT: $(2): the packages could not be installed: $(3)"; \
	else \
		echo "LEFT OUT: $(2); install with: sudo apt-get install --no-install-recommends $(3)"; \
	fi

prosody: ## install the XMPP server Prosody for its tests, when that is possible
	@if command -v prosody >/dev/null 2>&1; then :; else \
		$(call apt,prosody (a real XMPP server that the tests log in to),the tests against a real XMPP server,prosody); \
		if command -v service >/dev/null 2>&1; then service prosody stop >/dev/null 2>&1 || true; fi; \
	fi

MINGW := gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32
WINE  := wine wine64 fonts-wine nsis osslsigncode xvfb xauth imagemagick xdotool fonts-liberation cppcheck

mingw: ## install the Windows C compilers, when that is possible
	@if command -v x86_64-w64-mingw32-gcc >/dev/null 2>&1 && command -v i686-w64-mingw32-gcc >/dev/null 2>&1; then :; else \
		$(call apt,mingw-w64 (the C compilers for the provider DLL),everything built in C for Windows,$(MINGW)); \
	fi

wine: mingw ## install Wine and what else the Windows tests need, when that is possible
	@if command -v wine >/dev/null 2>&1 && command -v makensis >/dev/null 2>&1 && command -v osslsigncode >/dev/null 2>&1 && command -v xvfb-run >/dev/null 2>&1; then :; else \
		$(call apt,Wine and the installer's tools,the tests of the Windows parts,$(WINE)); \
	fi

WIN := bin/windows

windows: mingw ## everything for Windows: programs, provider, dialogs, tools, in bin/windows
	@mkdir -p $(WIN)/x64 $(WIN)/x86
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(WIN)/x64/offhook.exe ./cmd/offhook
	GOOS=windows GOARCH=386 CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(WIN)/x86/offhook.exe ./cmd/offhook
	@$(MAKE) --no-print-directory tsp
	@$(MAKE) --no-print-directory -C tests/tapiprobe VERSION='$(VERSION)'

tsp: mingw ## the provider and its dialogs (offhook.tsp, offhookui.dll), x64 and x86, in bin/windows
	@$(MAKE) --no-print-directory -C adapters/tapi/tsp VERSION='$(VERSION)'
	@$(MAKE) --no-print-directory -C adapters/tapi/tsp/ui VERSION='$(VERSION)'

conformance: wine tsp build ## the conformance rules of a TAPI service provider against offhook.tsp: a table rule by rule
	@$(MAKE) --no-print-directory -C tests/tapihost VERSION='$(VERSION)'
	@mkdir -p bin
	$(GO) test -timeout 30m ./tests/wine -run 'Conformance|Schedules' -count=1 -v -args -report $(CURDIR)/bin/conformance.json -schedules 1000
	@echo "the same as JSON: bin/conformance.json"

installer: windows wine ## the setup program (a test build unless NSIS is 3.12 or later), signed with a test certificate
	@$(MAKE) --no-print-directory -C installer VERSION='$(VERSION)'

lint: ## staticcheck, pinned, and cppcheck where it is installed
	@if GOBIN=$(CURDIR)/bin/tools $(GO) install $(STATICCHECK); then bin/tools/staticcheck ./...; \
	else echo "LEFT OUT: staticcheck could not be fetched"; fi
	@if command -v cppcheck >/dev/null 2>&1; then \
		cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr --suppress=missingIncludeSystem \
			-D_WIN32 -D_WIN64 -DVERSION_TEXT='"lint"' $$(git ls-files '*.c'); \
	else echo "LEFT OUT: cppcheck is not installed; run: make wine"; fi

bench: ## the benchmark table (ratios within one run)
	$(GO) run ./internal/benchtable

bench-quick: ## the same, shorter
	$(GO) run ./internal/benchtable -quick

fuzz: ## each fuzz target for FUZZTIME (default 20s)
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p 2>/dev/null | grep '^Fuzz'); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(or $(FUZZTIME),20s) -fuzzminimizetime 10x $$p || exit 1; \
		done; done
	OFFHOOK_FUZZTIME=$(if $(filter %s %m %h,$(FUZZTIME)),$(FUZZTIME),20s) $(GO) test -run '^TestFramesInCRandomly$$' -count=1 -timeout 0 -v ./adapters/tapi/wire

fixtures: build ## check all scenarios
	bin/offhook check -q fixtures/scenarios

fixtures-rewrite: build ## write what follows into the scenarios; read the difference before you keep it
	bin/offhook check --rewrite fixtures/scenarios

diagram: ## draw engine/states.mmd from the transition table
	$(GO) test ./engine -run TestDiagramIsFresh -update

clean: ## remove what was built
	rm -rf bin
