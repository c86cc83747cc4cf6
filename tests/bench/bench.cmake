# SPDX-License-Identifier: Apache-2.0
# Programs for tests/bench and tests/live: an engine of the capture core alone, loops that issue a
# known number of calls, and an empty BPF program to compare with.
ft_bpf(empty ${CMAKE_SOURCE_DIR}/tests/bench/empty.bpf.c)

add_executable(bench-capture ${CMAKE_SOURCE_DIR}/tests/bench/bench_capture.c)
target_link_libraries(bench-capture PRIVATE ft_probe)
add_executable(bench-loop ${CMAKE_SOURCE_DIR}/tests/bench/bench_loop.c)
target_link_libraries(bench-loop PRIVATE ft_base Threads::Threads)
add_executable(bench-stats ${CMAKE_SOURCE_DIR}/tests/bench/bench_stats.c)
target_link_libraries(bench-stats PRIVATE ft_base PkgConfig::LIBBPF)
target_include_directories(bench-stats PRIVATE ${CMAKE_BINARY_DIR}/bpf)
add_dependencies(bench-stats bpf_empty)
add_executable(bench-coverage ${CMAKE_SOURCE_DIR}/tests/bench/bench_coverage.c)
target_link_libraries(bench-coverage PRIVATE ft_stats)
add_executable(bench-survey ${CMAKE_SOURCE_DIR}/tests/bench/bench_survey.c
	${CMAKE_SOURCE_DIR}/src/survey/live/counter.c)
target_link_libraries(bench-survey PRIVATE ft_survey ft_bpf)
target_include_directories(bench-survey PRIVATE ${CMAKE_BINARY_DIR}/bpf)
add_dependencies(bench-survey bpf_count bpf_empty)
