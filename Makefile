# Accueil's commands. `make` alone lists them.

SITE ?= marseille
ONCE ?=
SECONDS ?= 60
THIS ?=

TARGET := $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.PHONY: help demo test package apt-repo image acceptance acceptance-quick fuzz bench bench-browser fmt clippy deny setup clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "make demo SITE=marseille  another folder of config/examples"
	@echo "make demo ONCE=1          plays one whole visit by itself, and says whether every step was seen"
	@echo "make package THIS=1       for this machine's architecture alone"
	@echo "make fuzz SECONDS=600     longer than the minute that each target gets"

demo: ## install what is missing, build, and show a reception hall: borne, server, virtual printer
	@echo "demo 1/3: tools and libraries"
	@deploy/dev/setup demo
	@echo "demo 2/3: building the borne and the server (the first time takes some minutes; cargo counts below)"
	@cargo build --workspace --locked
	@echo "demo 3/3: starting the hall of $(SITE)"
	@$(TARGET)/debug/demo --site $(SITE) $(if $(ONCE),--once)

test: ## install what is missing, then every check and every test: what has to pass before a change lands
	@deploy/dev/setup test
	@tests/gates/all

package: ## make the Debian packages of the borne and the server, for PCs and for Raspberry Pis, and prove that they install, run, upgrade and go
	@deploy/dev/setup package
	@deploy/package/build $(if $(THIS),--this-machine)
	@deploy/package/check $(if $(THIS),--this-machine)

apt-repo: ## put the packages into the signed repository that bornes update from, ring `pilot` (target/apt)
	@deploy/dev/setup package
	@deploy/apt-repo add $(TARGET)/apt $(TARGET)/package

image: ## make the image of a borne to copy to a PC's disk, with the packages of `make package` (target/image/borne.img; as root)
	@deploy/dev/setup image
	@deploy/image $(TARGET)/image/borne.img --packages $(TARGET)/package

acceptance: ## all of it, with a whole machine's screen, touches, devices and power cuts, and the image (40 minutes; as root)
	@deploy/dev/setup acceptance
	cargo build --release --locked -p provisioning -p acceptance --bins --examples
	@deploy/acceptance/all $(TARGET)/package

acceptance-quick: ## provision, update and retire bare machines in containers, with the packages of `make package` (10 minutes; as root)
	@deploy/dev/setup acceptance
	cargo build --release --locked -p provisioning -p acceptance
	@deploy/acceptance/all --quick $(TARGET)/package

fuzz: ## feed everything that reads a device with garbage, a minute each, and print what came of it
	@deploy/dev/setup fuzz
	@tests/fuzz/run $(SECONDS)

bench: ## measure against this machine's own limits; figures under target/bench
	@deploy/dev/setup bench
	cargo build --workspace --release --locked
	$(TARGET)/release/bench

bench-browser: ## compare the borne with Chromium in kiosk mode on the same two screens: memory, processor time
	@deploy/dev/setup bench-browser
	cargo build --release --locked -p borne -p accueil-server
	tests/bench-browser $(TARGET)/release

fmt: ## format the code
	cargo fmt --all

clippy: ## lint the code, warnings denied
	@tests/gates/clippy

deny: ## check the dependencies: licences, sources, bans, and that each is used
	@tests/gates/deny
	@tests/gates/unused-dependencies

setup: ## install what `make test` needs, and nothing else
	@deploy/dev/setup test

clean: ## remove everything that was built
	cargo clean
