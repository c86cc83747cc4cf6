# SPDX-License-Identifier: Apache-2.0
# falcotune as one static, position-independent executable, so that no time goes into the dynamic
# loader before a short command (check, syscalls) begins: ft_link_statically(TARGET). Where an archive
# or the static C library is missing, it is linked as everything else is.
function(ft_link_statically target)
	if(NOT FT_STATIC_LINK)
		return()
	endif()
	set_target_properties(${target} PROPERTIES FT_STATIC ON)
	target_link_options(${target} PRIVATE ${FT_STATIC_LINK})
endfunction()

# ft_library(NAME SHARED ARCHIVE): what falcotune links of a library, and what all others do.
function(ft_library name shared archive)
	add_library(${name} INTERFACE)
	if(FT_STATIC_LINK)
		target_link_libraries(${name} INTERFACE
			$<IF:$<BOOL:$<TARGET_PROPERTY:FT_STATIC>>,${archive},${shared}>)
	else()
		target_link_libraries(${name} INTERFACE ${shared})
	endif()
endfunction()

set(FT_STATIC_LINK)
# Sanitizers come as shared libraries.
if(FALCOTUNE_STATIC AND NOT FALCOTUNE_SANITIZE AND NOT FALCOTUNE_FUZZ)
	set(_archives_found ON)
	foreach(_name yaml jansson pcre2-8 elf z)
		find_library(FALCOTUNE_ARCHIVE_${_name} lib${_name}.a)
		mark_as_advanced(FALCOTUNE_ARCHIVE_${_name})
		if(NOT FALCOTUNE_ARCHIVE_${_name})
			set(_archives_found OFF)
		endif()
	endforeach()
endif()
if(_archives_found)
	include(CheckCSourceCompiles)
	include(CheckLinkerFlag)
	include(CMakePushCheckState)
	cmake_push_check_state()
	set(CMAKE_REQUIRED_FLAGS -fPIE)
	set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie)
	set(CMAKE_REQUIRED_INCLUDES ${YAML_INCLUDE_DIRS} ${JANSSON_INCLUDE_DIRS} ${PCRE2_INCLUDE_DIRS}
		${LIBELF_INCLUDE_DIRS} ${ZLIB_INCLUDE_DIRS})
	set(CMAKE_REQUIRED_LIBRARIES ${FALCOTUNE_ARCHIVE_yaml} ${FALCOTUNE_ARCHIVE_jansson}
		${FALCOTUNE_ARCHIVE_pcre2-8} ${FALCOTUNE_ARCHIVE_elf} ${FALCOTUNE_ARCHIVE_z} m)
	check_c_source_compiles("
		#define PCRE2_CODE_UNIT_WIDTH 8
		#include <gelf.h>
		#include <jansson.h>
		#include <math.h>
		#include <pcre2.h>
		#include <yaml.h>
		#include <zlib.h>
		int main(int argc, char **argv)
		{
			json_decref(json_string(argv[0]));
			return *yaml_get_version_string() + pcre2_config(argc, argv) + *zlibVersion() +
			       (elf_begin(argc, ELF_C_READ, 0) != 0) + (int)lgamma(argc);
		}" FALCOTUNE_LINKS_STATICALLY)
	cmake_pop_check_state()
endif()
if(_archives_found AND FALCOTUNE_LINKS_STATICALLY)
	set(FT_STATIC_LINK -static-pie)
	target_compile_options(ft_flags INTERFACE -fPIE)
	# The linker warns of getaddrinfo(), which may load name services of the host: here it is asked
	# for addresses in digits only (engine/resolve.c), for which it loads none.
	check_linker_flag(C LINKER:--no-warnings FALCOTUNE_LINKER_NO_WARNINGS)
	if(FALCOTUNE_LINKER_NO_WARNINGS)
		list(APPEND FT_STATIC_LINK LINKER:--no-warnings)
	endif()
endif()

ft_library(ft_yaml PkgConfig::YAML "${FALCOTUNE_ARCHIVE_yaml}")
ft_library(ft_jansson PkgConfig::JANSSON "${FALCOTUNE_ARCHIVE_jansson}")
ft_library(ft_pcre2 PkgConfig::PCRE2 "${FALCOTUNE_ARCHIVE_pcre2-8}")
ft_library(ft_zlib PkgConfig::ZLIB "${FALCOTUNE_ARCHIVE_z}")
ft_library(ft_elf PkgConfig::LIBELF "${FALCOTUNE_ARCHIVE_elf}")
target_link_libraries(ft_elf INTERFACE ft_zlib)
