# SPDX-License-Identifier: Apache-2.0
# Run by cpack over what is about to be packed: Debian has man pages and the changelog compressed.
set(_usr ${CPACK_TEMPORARY_DIRECTORY}/usr)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/changelog DESTINATION ${_usr}/share/doc/falcotune
	FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
file(GLOB _pages ${_usr}/share/man/man?/*.?)
execute_process(COMMAND gzip -9nf ${_pages} ${_usr}/share/doc/falcotune/changelog
	COMMAND_ERROR_IS_FATAL ANY)
file(MAKE_DIRECTORY ${_usr}/share/lintian/overrides)
configure_file(${CMAKE_CURRENT_LIST_DIR}/overrides ${_usr}/share/lintian/overrides/falcotune
	COPYONLY)
