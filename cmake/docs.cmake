# SPDX-License-Identifier: Apache-2.0
# Man pages and shell completions, made by the built programs from their tables of options.
if(CMAKE_CROSSCOMPILING)
	message(STATUS "No man pages and completions: the programs that print them cannot be run here")
	return()
endif()
find_program(FALCOTUNE_BASH NAMES bash REQUIRED)
set(_programs falcotune falcotune-load)
foreach(program falcotune-engine falcotune-survey)
	if(TARGET ${program})
		list(APPEND _programs ${program})
	endif()
endforeach()
file(GLOB _parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.inc ${CMAKE_SOURCE_DIR}/man/*.1)
set(_docs ${CMAKE_BINARY_DIR}/docs)
# The leaks of a program that is about to end are none of a build's business.
add_custom_command(OUTPUT ${_docs}/man1/falcotune.1
	COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
		${FALCOTUNE_BASH} ${CMAKE_SOURCE_DIR}/scripts/gen-docs.sh
		${CMAKE_RUNTIME_OUTPUT_DIRECTORY} ${_docs}
	DEPENDS ${_programs} ${_parts} ${CMAKE_SOURCE_DIR}/scripts/gen-docs.sh
	COMMENT "Generating man pages and shell completions" VERBATIM)
add_custom_target(docs ALL DEPENDS ${_docs}/man1/falcotune.1)

install(DIRECTORY ${_docs}/man1 ${_docs}/man8 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(DIRECTORY ${_docs}/bash/
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY ${_docs}/zsh/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(DIRECTORY ${_docs}/fish/ DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
