# libkafkasse, from the same objects as the program: shared with ksse_* as its only symbols, and
# static as one object in which all others are local, so that none can clash with a user's.
set(VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/libkafkasse.map)
add_library(libkafkasse SHARED $<TARGET_OBJECTS:kafkasse-objects>)
target_link_libraries(libkafkasse PRIVATE ${LIBRARY_LINKS})
target_include_directories(libkafkasse INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_options(libkafkasse PRIVATE -Wl,--version-script=${VERSION_SCRIPT})
set_target_properties(libkafkasse PROPERTIES
    OUTPUT_NAME kafkasse
    EXPORT_NAME kafkasse
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}
    LINK_DEPENDS ${VERSION_SCRIPT})
if(NOT SANITIZE) # whose runtime comes with the program
    target_link_options(libkafkasse PRIVATE -Wl,--no-undefined)
endif()

set(STATIC_OBJECT ${CMAKE_CURRENT_BINARY_DIR}/libkafkasse.o)
set(RELINK ${CMAKE_C_COMPILER} -nostdlib -r)
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
    list(APPEND RELINK -flinker-output=nolto-rel) # machine code also when built with -flto
endif()
add_custom_command(
    OUTPUT ${STATIC_OBJECT}
    COMMAND ${RELINK} -o ${STATIC_OBJECT} $<TARGET_OBJECTS:kafkasse-objects>
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${STATIC_OBJECT}
    DEPENDS kafkasse-objects $<TARGET_OBJECTS:kafkasse-objects>
    COMMAND_EXPAND_LISTS
    VERBATIM)
add_library(libkafkasse-static STATIC ${STATIC_OBJECT})
set_source_files_properties(${STATIC_OBJECT} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
set_target_properties(libkafkasse-static PROPERTIES OUTPUT_NAME kafkasse LINKER_LANGUAGE C)
