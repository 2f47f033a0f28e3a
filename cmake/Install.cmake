# What `cmake --install` puts where: the program, the library with its headers, pkg-config file and
# CMake package, man pages and documents. All of it may be moved as a whole afterwards.
include(CMakePackageConfigHelpers)

set(PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/kafkasse)
install(TARGETS kafkasse)
install(TARGETS libkafkasse EXPORT kafkasse-targets)
install(TARGETS libkafkasse-static)
install(FILES include/kafkasse.h include/kafkasse_plugin.h TYPE INCLUDE)
install(DIRECTORY include/kafkasse TYPE INCLUDE)

# Paths in it are relative to where it is, unless somebody wants a library folder of his own.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(PC_PREFIX ${CMAKE_INSTALL_PREFIX})
    set(PC_LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
    set(PC_INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
    file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    string(REGEX REPLACE "/$" "" up "${up}")
    set(PC_PREFIX "\${pcfiledir}/${up}")
    set(PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
list(JOIN LIBRARY_REQUIRES ", " PC_REQUIRES)
configure_file(cmake/libkafkasse.pc.in libkafkasse.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libkafkasse.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# As in the SONAME: what was compiled with one version runs with any later one of the same major.
write_basic_package_version_file(kafkasse-config-version.cmake COMPATIBILITY SameMajorVersion)
install(EXPORT kafkasse-targets NAMESPACE kafkasse:: FILE kafkasse-config.cmake
        DESTINATION ${PACKAGE_DIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/kafkasse-config-version.cmake
        DESTINATION ${PACKAGE_DIR})

install(FILES docs/kafkasse.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/libkafkasse.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(FILES README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md LICENSE TYPE DOC)
install(DIRECTORY docs examples TYPE DOC
        PATTERN "*.[13]" EXCLUDE
        PATTERN "*.so" EXCLUDE
        PATTERN "build" EXCLUDE)
