# What one does with a clone. Everything here is a command or a script of its own: nothing needs make but the habit.
# VERSION=1.2.3 names a release; otherwise git says which it is.
SHELL := /bin/bash
export VERSION DIST
TARGETS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64

.PHONY: help build test check release deb clean

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

build: ## ./kaskad for this machine
	CGO_ENABLED=0 go build -o kaskad ./cmd/kaskad

test: ## the tests that need nothing but Go
	go test ./...

check: ## everything that has to hold before a change lands
	.ci/run

release: ## dist/: static binaries for four targets, packed, with licences and checksums
	.ci/release/build $(TARGETS)

deb: ## dist/*.deb for amd64 and arm64, after make release
	.ci/release/deb

clean: ## take away what the above made
	rm -rf dist kaskad
