# SPDX-License-Identifier: Apache-2.0
# The Debian package: `make deb`, or cpack -G DEB in a build folder. What it depends on is read from
# the executables by dpkg-shlibdeps.
install(FILES ${CMAKE_SOURCE_DIR}/cmake/deb/copyright
	DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/falcotune)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME falcotune)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR falcotune)
set(CPACK_PACKAGE_CONTACT "The falcotune authors <falcotune@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "rule-set tuning advisor and test runner for Falco")
# The first line of the description is the summary, the rest stands one blank in.
set(CPACK_PACKAGE_DESCRIPTION "Finds the configuration of a Falco rule set that loses the fewest
events on this host for the least cost: predicts the system calls that
Falco selects and why, runs an engine dry and live for every case of a
test matrix, measures drops from the kernel's own counters, ranks the
cases and prints what to put into falco.yaml.
.
It drives a Falco where there is one, else its own eBPF engine.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
	GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/deb/prepare.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "git, graphviz")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
