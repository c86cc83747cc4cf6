# SPDX-License-Identifier: Apache-2.0
# The tiny program that the load's spawn operation runs. No flags of the project: it has no library.
add_executable(falcotune-true src/load/true/true.c)
target_compile_options(falcotune-true PRIVATE -fno-sanitize=all -fno-stack-protector -fno-pie
	-fno-asynchronous-unwind-tables)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
	target_compile_options(falcotune-true PRIVATE -fcf-protection=none)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|aarch64|arm64)$")
	target_link_options(falcotune-true PRIVATE -static -nostdlib -fno-sanitize=all
		-Wl,--build-id=none)
else()
	target_link_options(falcotune-true PRIVATE -static)
endif()
install(TARGETS falcotune-true RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
add_dependencies(falcotune-load falcotune-true)

if(BUILD_TESTING)
	# What tests/bench/bench_load.sh compares with.
	add_executable(bench-load-bare tests/bench/bench_load_bare.c)
	target_compile_definitions(bench-load-bare PRIVATE _GNU_SOURCE)
endif()
