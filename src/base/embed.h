/*
 * Files that are compiled into the program: the descriptions (model, packs, connectors) and the built web interface.
 * SPDX-License-Identifier: Apache-2.0
 *
 * `tandem_embed(LIBRARY NAME dir…)` in CMake (cmake/embed.cmake) makes a static library LIBRARY with two symbols:
 *     extern const struct embedded_file NAME_files[];
 *     extern const size_t NAME_files_len;
 * Paths are relative ("model/task.yaml", "assets/index-1a2b.js"), with '/' between folders, sorted by byte, each once.
 * The two that exist are declared here. Life: the whole process. Threads: read-only, any.
 */
#ifndef TANDEM_BASE_EMBED_H
#define TANDEM_BASE_EMBED_H

#include <stddef.h>

struct embedded_file {
    const char *path;
    const unsigned char *data; /* a NUL that len does not count follows, so that text can be read as a C string */
    size_t len;
};

/* Library embedded_description: everything under model/, packs/ and connectors/, by its path from the root of the
 * source. */
extern const struct embedded_file description_files[];
extern const size_t description_files_len;

/*
 * Library embedded_web: the built interface, by its path from its own root ("index.html"). Beside a file that shrinks
 * when compressed lies
 * "<path>.gz", to be sent with Content-Encoding: gzip. Empty (length 0) when the server was built without TANDEM_WEB.
 */
extern const struct embedded_file web_files[];
extern const size_t web_files_len;

#endif
