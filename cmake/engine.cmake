# SPDX-License-Identifier: Apache-2.0
# The embedded engine: BPF object -> skeleton header -> library ft_probe -> falcotune-engine.
set(_engine_hint "install it (Debian: apt-get install clang bpftool libbpf-dev) or configure with \
-DFALCOTUNE_ENGINE=OFF to build everything but the embedded engine")

pkg_check_modules(LIBBPF IMPORTED_TARGET libbpf>=0.8)
if(NOT LIBBPF_FOUND)
	message(FATAL_ERROR "the embedded engine needs libbpf 0.8 or newer: ${_engine_hint}")
endif()
find_program(FALCOTUNE_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)
if(NOT FALCOTUNE_CLANG)
	message(FATAL_ERROR "the embedded engine needs clang: ${_engine_hint}")
endif()
find_program(FALCOTUNE_BPFTOOL NAMES bpftool PATHS /usr/sbin /usr/local/sbin)
if(NOT FALCOTUNE_BPFTOOL)
	message(FATAL_ERROR "the embedded engine needs bpftool: ${_engine_hint}")
endif()

# ft_bpf(NAME SOURCE): compiles SOURCE for BPF and makes ${CMAKE_BINARY_DIR}/bpf/NAME.skel.h of it.
# Only libbpf's own headers are on the include path, so the build machine's kernel does not matter.
pkg_get_variable(_libbpf_include libbpf includedir)
function(ft_bpf name source)
	set(dir ${CMAKE_BINARY_DIR}/bpf)
	file(MAKE_DIRECTORY ${dir})
	file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/probe/*.bpf.h
		${CMAKE_SOURCE_DIR}/src/survey/live/*.bpf.h)
	set(werror)
	if(FALCOTUNE_WERROR)
		set(werror -Werror)
	endif()
	add_custom_command(OUTPUT ${dir}/${name}.bpf.o
		COMMAND ${FALCOTUNE_CLANG} -target bpf -mcpu=v3 -g -O2 -D__TARGET_ARCH_x86
			-Wall -Wextra -Wno-unused-parameter ${werror}
			-I${CMAKE_SOURCE_DIR}/src/probe -idirafter ${_libbpf_include}
			-fdebug-prefix-map=${CMAKE_SOURCE_DIR}=.
			-c ${source} -o ${dir}/${name}.bpf.o
		DEPENDS ${source} ${headers} ${CMAKE_SOURCE_DIR}/src/probe/event.h
		COMMENT "Building BPF object ${name}.bpf.o" VERBATIM)
	add_custom_command(OUTPUT ${dir}/${name}.skel.h
		COMMAND ${FALCOTUNE_BPFTOOL} gen skeleton ${dir}/${name}.bpf.o name ${name}_bpf
			> ${dir}/${name}.skel.h
		DEPENDS ${dir}/${name}.bpf.o
		COMMENT "Generating BPF skeleton ${name}.skel.h" VERBATIM)
	add_custom_target(bpf_${name} DEPENDS ${dir}/${name}.skel.h)
endfunction()

ft_module(bpf ft_base PkgConfig::LIBBPF)
ft_bpf(probe ${CMAKE_SOURCE_DIR}/src/probe/probe.bpf.c)
ft_module(probe ft_bpf ft_rules ft_config ft_syscalls ft_base PkgConfig::LIBBPF Threads::Threads)
add_dependencies(ft_probe bpf_probe)
target_include_directories(ft_probe PRIVATE ${CMAKE_BINARY_DIR}/bpf)

if(EXISTS ${CMAKE_SOURCE_DIR}/src/probe/main.c)
	add_executable(falcotune-engine src/probe/main.c)
	target_link_libraries(falcotune-engine PRIVATE ft_probe)
	install(TARGETS falcotune-engine RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# The host survey: the same steps, an executable of its own.
ft_bpf(count ${CMAKE_SOURCE_DIR}/src/survey/live/count.bpf.c)
file(GLOB _survey CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/survey/live/*.c)
list(FILTER _survey EXCLUDE REGEX "\\.bpf\\.c$")
add_executable(falcotune-survey src/survey/main.c ${_survey})
target_link_libraries(falcotune-survey PRIVATE ft_survey ft_bpf)
target_include_directories(falcotune-survey PRIVATE ${CMAKE_BINARY_DIR}/bpf)
add_dependencies(falcotune-survey bpf_count)
install(TARGETS falcotune-survey RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Programs that the live tests and the benchmarks use; not installed.
if(BUILD_TESTING AND EXISTS ${CMAKE_SOURCE_DIR}/tests/bench/bench.cmake)
	include(${CMAKE_SOURCE_DIR}/tests/bench/bench.cmake)
endif()
