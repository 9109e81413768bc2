# Builds the web interface (npm ci, vite build, gzip) and compiles it into a static library.
# SPDX-License-Identifier: Apache-2.0

# All presets share one built interface: it does not depend on how the C code is compiled.
set(TANDEM_WEB_DIST ${CMAKE_SOURCE_DIR}/build/web/dist CACHE PATH "where the built web interface lies")

# tandem_web(LIBRARY NAME): target `web` builds web/ into TANDEM_WEB_DIST, LIBRARY holds the result. Without TANDEM_WEB, or before web/
# exists, LIBRARY is there and empty.
function(tandem_web library name)
    if(NOT TANDEM_WEB OR NOT EXISTS ${CMAKE_SOURCE_DIR}/web/package-lock.json)
        tandem_embed(${library} ${name})
        add_custom_target(web)
        return()
    endif()
    set(stamp ${CMAKE_BINARY_DIR}/gen/web.stamp)
    add_custom_command(OUTPUT ${stamp}
        COMMAND sh ${CMAKE_SOURCE_DIR}/tools/web_build.sh ${TANDEM_WEB_DIST} ${stamp}
        DEPENDS ${CMAKE_SOURCE_DIR}/tools/web_build.sh
        DEPFILE ${stamp}.d COMMENT "Building the web interface" VERBATIM)
    add_custom_target(web DEPENDS ${stamp})
    tandem_embed(${library} ${name} . ROOT ${TANDEM_WEB_DIST} DEPENDS ${stamp})
endfunction()
