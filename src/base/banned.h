/*
 * Calls that do not compile in Tandem, because a better one exists; base/base.h includes this last.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The system's headers come first, so that their own declarations are not hit. A macro with arguments leaves members
 * and variables of these names alone. Each name turns into an identifier that nobody declares, and that says what to
 * use.
 */
#ifndef TANDEM_BASE_BANNED_H
#define TANDEM_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef atoi
#undef gmtime
#undef localtime
#undef system
#undef popen
#define strcpy(...) banned_strcpy_use_struct_str_or_buf
#define strcat(...) banned_strcat_use_struct_buf
#define strncpy(...) banned_strncpy_use_struct_str_or_buf
#define strncat(...) banned_strncat_use_struct_buf
#define sprintf(...) banned_sprintf_use_buf_addf
#define vsprintf(...) banned_vsprintf_use_buf_vaddf
#define strtok(...) banned_strtok_use_str_cut
#define atoi(...) banned_atoi_use_str_to_i64
#define gmtime(...) banned_gmtime_use_codec_text
#define localtime(...) banned_localtime_use_codec_text
#define system(...) banned_system_it_runs_a_shell
#define popen(...) banned_popen_it_runs_a_shell

#endif
