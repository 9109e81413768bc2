# Compiles whole folders into a static library; base/embed.h says what comes out.
# SPDX-License-Identifier: Apache-2.0

# tandem_embed(LIBRARY NAME dir… [ROOT dir] [DEPENDS file…]): NAME_files[] holds every file under the dirs, with paths relative to ROOT
# (default: the root of the source). A dir that does not exist yet is empty. The script's depfile names each file and each folder, so a
# file that is added, changed or removed is seen by the next build without configuring again.
function(tandem_embed library name)
    cmake_parse_arguments(ARG "" "ROOT" "DEPENDS" ${ARGN})
    if(NOT ARG_ROOT)
        set(ARG_ROOT ${CMAKE_SOURCE_DIR})
    endif()
    set(out ${CMAKE_BINARY_DIR}/gen/embed/${name}_files.c)
    set(depfile DEPFILE ${out}.d)
    if(NOT ARG_UNPARSED_ARGUMENTS)
        # CMake drops a depfile that names nothing, and Ninja would then make the file again each time.
        set(depfile)
    endif()
    add_custom_command(OUTPUT ${out}
        COMMAND sh ${CMAKE_SOURCE_DIR}/tools/embed.sh ${name} ${out} ${out}.d ${ARG_ROOT} ${ARG_UNPARSED_ARGUMENTS}
        DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed.sh ${ARG_DEPENDS}
        ${depfile} COMMENT "Embedding ${name}" VERBATIM)
    add_library(${library} STATIC ${out})
    target_include_directories(${library} PUBLIC ${CMAKE_SOURCE_DIR}/src)
endfunction()
