# embed_file(NAME FILE LIST): makes a C source with `const char NAME[]` and `const size_t NAME_len`
# out of FILE at build time, and appends it to LIST. No tool but CMake itself is needed.
function(embed_file name file list)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.c)
    set(input ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/EmbedFileScript.cmake)
    add_custom_command(
        OUTPUT ${source}
        COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DINPUT=${input} -DOUTPUT=${source} -P ${script}
        DEPENDS ${input} ${script}
        VERBATIM)
    set(${list} ${${list}} ${source} PARENT_SCOPE)
endfunction()
