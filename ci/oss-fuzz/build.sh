#!/bin/bash -eu
# SPDX-License-Identifier: BSD-3-Clause
# Builds the fuzz targets for OSS-Fuzz and ClusterFuzzLite, which set CC, CFLAGS, CXX, CXXFLAGS,
# LIB_FUZZING_ENGINE, SANITIZER, SRC, WORK and OUT. ci/oss-fuzz/try sets them as they do.

source=${VIRTSPEC_SOURCE:-$SRC/virtspec}
fuzzers=$WORK/virtspec-fuzzers
writers=$WORK/virtspec-seeds

# No libjansson.so where the fuzzers run.
jansson=$(pkg-config --variable=libdir jansson)/libjansson.a
prefix_map="$source/="
if [ "${SANITIZER:-}" = coverage ]; then
	prefix_map="" # the report looks for the files where they were compiled
fi

# The flags are the service's; the linker is the one for C++, which some engines are written in.
cmake -S "$source" -B "$fuzzers" -G Ninja -DCMAKE_BUILD_TYPE= -DBUILD_TESTING=OFF \
	-DVIRTSPEC_STRICT=OFF -DVIRTSPEC_PREFIX_MAP="$prefix_map" \
	-DVIRTSPEC_FUZZ_ENGINE="${LIB_FUZZING_ENGINE// /;}" \
	-Dpkgcfg_lib_JANSSON_jansson="$jansson" \
	-DCMAKE_C_LINK_EXECUTABLE="$CXX $CXXFLAGS <CMAKE_C_LINK_FLAGS> <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>"
# Targets write their own seeds when they are built without an engine.
(
	unset CFLAGS CXXFLAGS LDFLAGS "${!AFL_@}"
	CC=clang cmake -S "$source" -B "$writers" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
		-DVIRTSPEC_STRICT=OFF
)

names=()
for file in "$source"/fuzz/targets/*.c; do
	name=$(basename "$file" .c)
	[ "$name" = empty ] || names+=("fuzz-$name")
done
cmake --build "$fuzzers" --target "${names[@]}"
(
	unset CFLAGS CXXFLAGS LDFLAGS "${!AFL_@}"
	cmake --build "$writers" --target "${names[@]}"
)

for program in "${names[@]}"; do
	name=${program#fuzz-}
	inputs=$WORK/inputs-$name
	rm -rf "$inputs"
	mkdir -p "$inputs"
	"$writers/bin/$program" --write-seeds "$inputs"
	find "$source/corpus/$name" -type f -exec cp -t "$inputs" {} + 2>/dev/null || true
	cp "$fuzzers/bin/$program" "$OUT/$program"
	rm -f "$OUT/${program}_seed_corpus.zip"
	(cd "$inputs" && python3 -m zipfile -c "$OUT/${program}_seed_corpus.zip" ./*)
	if [ -f "$source/corpus/$name.dict" ]; then
		cp "$source/corpus/$name.dict" "$OUT/$program.dict"
	fi
	if [ -f "$source/corpus/$name.options" ]; then
		cp "$source/corpus/$name.options" "$OUT/$program.options"
	else
		# Twice the longest input that is known, 512 at the least.
		longest=$(find "$inputs" -type f -printf '%s\n' | sort -n | tail -1)
		limit=$((longest * 2 > 512 ? longest * 2 : 512))
		printf '[libfuzzer]\nmax_len = %d\n' "$limit" >"$OUT/$program.options"
	fi
done
