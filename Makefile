# make demo | test | test-heart | test-processors | build | lint | format | docs
# LIBTORCH names an installed LibTorch; by default bootstrap puts one into .deps/libtorch.
export LIBTORCH ?= $(CURDIR)/.deps/libtorch
# The same for OpenVINO, which runs trained detectors.
export OPENVINO ?= $(CURDIR)/.deps/openvino

# For this machine's processor.
NATIVE_FLAGS = --configuration release -Xcc -march=native
# All of the package, with testable modules, so that `make test` builds nothing twice.
SWIFT_FLAGS = --traits CommandLine $(NATIVE_FLAGS) -Xswiftc -enable-testing
SOURCES = Package.swift Sources Tests Benchmarks Examples

.PHONY: demo test test-heart test-processors build lint format docs bootstrap clean

build: bootstrap
	swift build $(SWIFT_FLAGS)

bootstrap:
	@Scripts/bootstrap

# The product and not --build-tests, which also builds the tools of the packages that this one
# uses: swift-protobuf's protoc alone takes nine minutes.
test: bootstrap
	@Scripts/bootstrap-tests
	swift build --product MultiBoxPackageTests $(SWIFT_FLAGS)
	@Scripts/test --skip-build $(SWIFT_FLAGS)

# What older processors would say; by hand, before a release.
test-processors: bootstrap
	@Scripts/bootstrap-tests
	@Scripts/test-processors

# What a program gets that takes the product MultiBox: no trait, no other package, no engine.
test-heart:
	$(HEART) test $(HEART_FLAGS)

demo: bootstrap
	@Scripts/demo

lint:
	swift format lint --strict --parallel --recursive $(SOURCES)
	Scripts/lint

format:
	swift format --in-place --parallel --recursive $(SOURCES)

# One site of the modules of all products, in the order of Package.swift. Fails at a warning, and at a
# public declaration that is not documented. Builds what `make build` builds.
DOCUMENTED = MultiBox Files ImageFiles Datasets ModelFiles NetworkGraphs NetworkInput TrainingInput \
  Detectors Runs SSDReport OpenVINODetector Torch SSDModels SSDTraining
HEART = MULTIBOX_HEART=1 swift
HEART_FLAGS = --scratch-path .build/heart --configuration release -Xswiftc -enable-testing
docs: bootstrap
	swift package $(SWIFT_FLAGS) dump-symbol-graph --minimum-access-level public \
	  --skip-synthesized-members --emit-extension-block-symbols
	@Scripts/documentation/build "$$(swift build $(SWIFT_FLAGS) --show-bin-path)/../symbolgraph" \
	  .build/docs $(DOCUMENTED)

clean:
	rm -rf .build

# Ours against its peers: `make bench` measures every part and writes BENCHMARKS.md, `make bench-NAME`
# measures one and ends with one line of JSON. Names: Scripts/bench/main.py. `make bench-quick` counts
# instructions and fails where they grew; `make bench-quick-renew` keeps the new counts.
.PHONY: bench bench-build bench-quick bench-quick-renew
# What a package gets that asks for no particular processor; valgrind knows no AVX-512.
PLAIN_BENCH = env -u LIBTORCH -u OPENVINO swift build --package-path Benchmarks \
  --scratch-path .build/plain --product multibox-bench --configuration release -Xlinker --strip-debug
bench: bench-all

# That the benchmarks still build, with no processor asked for.
bench-build: bootstrap
	@$(PLAIN_BENCH)

bench-%: bootstrap
	@swift build --package-path Benchmarks --scratch-path .build/native $(NATIVE_FLAGS) >&2
	@$(PLAIN_BENCH) >&2
	@Scripts/bench/run $*

bench-quick-renew: QUICK_FLAGS = --renew
bench-quick bench-quick-renew: bootstrap
	@command -v valgrind >/dev/null || Scripts/install-packages bench-quick valgrind
	@$(PLAIN_BENCH) >&2
	@Scripts/bench/quick.py $(QUICK_FLAGS)
