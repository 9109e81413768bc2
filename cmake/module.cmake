# A folder is a module is a static library; a test file is a test program; .sql files become headers of named statements.
# SPDX-License-Identifier: Apache-2.0

# tandem_module(NAME SOURCES a.c b.c [SQL a.sql] [DEPS base db] [LIBS PkgConfig::SQLITE])
# SQL: each "-- name: thing" block of a.sql becomes `static const struct str SQL_THING` in <build>/gen/NAME/a_sql.h ("NAME/a_sql.h").
function(tandem_module name)
    cmake_parse_arguments(ARG "" "" "SOURCES;SQL;DEPS;LIBS" ${ARGN})
    set(generated)
    foreach(sql ${ARG_SQL})
        get_filename_component(stem ${sql} NAME_WE)
        set(out ${CMAKE_BINARY_DIR}/gen/${name}/${stem}_sql.h)
        add_custom_command(OUTPUT ${out}
            COMMAND sh ${CMAKE_SOURCE_DIR}/tools/sql_to_header.sh ${CMAKE_CURRENT_SOURCE_DIR}/${sql} ${out}
            DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${sql} ${CMAKE_SOURCE_DIR}/tools/sql_to_header.sh VERBATIM)
        list(APPEND generated ${out})
    endforeach()
    add_library(${name} STATIC ${ARG_SOURCES} ${generated})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/gen)
    target_link_libraries(${name} PUBLIC ${ARG_DEPS} ${ARG_LIBS} Threads::Threads)
endfunction()

# tandem_test(test_buf.c DEPS base): a cmocka program, run by ctest under the name of the file.
function(tandem_test file)
    cmake_parse_arguments(ARG "" "" "DEPS;LIBS" ${ARGN})
    get_filename_component(name ${file} NAME_WE)
    add_executable(${name} ${file})
    target_link_libraries(${name} PRIVATE ${ARG_DEPS} ${ARG_LIBS} PkgConfig::CMOCKA)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/test)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()
