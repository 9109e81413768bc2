#!/bin/sh
# Refuses words that have no place in the tree: banned calls, other modules' libraries, vendors' names, leftovers, registry addresses.
# SPDX-License-Identifier: Apache-2.0
# usage: check_words.sh [ROOT]
# Also: the first line of a file says what it is for, an SPDX line follows, and no source file is longer than 800 lines.
set -eu
export LC_ALL=C
cd "${1:-$(dirname "$0")/..}"

# Everything that people wrote, without git's help: a build may run where git refuses to look.
# shellcheck disable=SC2016
find . \( -path ./.git -o -path ./build -o -path ./data -o -name node_modules -o -path ./web/dist -o -path './fuzz/corpus' -o -name '.?*' -a -type d \
    ! -path ./.ci \) -prune -o -type f -print | sed 's,^\./,,' | sort | tr '\n' '\0' | xargs -0 perl -e '
    # The character classes keep these lists from finding themselves.
    my $banned = qr/\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|gmtime|localtime|system|popen|alloca|rand|srand)\s*\(/;
    my $vendor = qr/(?<![a-z])(jira|trello|asana|fei[s]hu|dingtalk|wecom|salesforce|sap|yonyou|fxiaoke|redmine|tryton|zapier|mulesoft|boomi)(?![a-z])/i;
    my $leftover = qr/\b(TO[D]O|FIX[M]E|(?<!")XX[X](?!"))\b/; # quoted it is the currency code for "none"
    my $registry = qr/\b(registry\.(npm|yarn)\w*\.\w+|npm[m]irror\.com|py[p]i\.org|crates\.i[o]|deb\.debian\.or[g]|proxy\.golang\.or[g])/;
    # Libraries with one door: what their calls look like, and the folder that may call them.
    my @doors = ([qr/\bsqlite3_\w+|"sqlite3\.h"|<sqlite3\.h>|\bPQ[a-z]\w+\s*\(|<libpq-fe\.h>/, "src/db/", "the database"],
                 [qr/\bMHD_\w+|<microhttpd\.h>/, "src/http/", "the HTTP server"],
                 [qr/\bcurl_\w+|<curl\/curl\.h>/, "src/http/", "the HTTP client"]);
    my %source = map { $_ => 1 } qw(c h ts tsx sh mjs sql);
    my $bad = 0;
    sub say_at { print "$_[0]:$_[1]: $_[2]\n"; $bad = 1; }

    # C without comments and without the insides of literals, line for line.
    sub code_of {
        my $text = shift;
        $text =~ s{(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27)}{
            defined $1 ? $1 =~ s/[^\n]+/ /gr : $2 =~ /\.h"$/ ? $2 : "\"\"" }gse;
        return split /\n/, $text, -1;
    }

    for my $file (@ARGV) {
        next if -B $file;
        open my $in, "<", $file or next;
        local $/;
        my $text = <$in>;
        my @lines = split /\n/, $text, -1;
        pop @lines if @lines && $lines[-1] eq "";
        my ($ext) = $file =~ /\.(\w+)$/;
        $ext = "sh" if !defined $ext && @lines && $lines[0] =~ /^#!/;
        $ext //= "";
        my $is_lock = $file =~ m{(^|/)package-lock\.json$};

        for my $i (0 .. $#lines) {
            my $line = $lines[$i];
            say_at($file, $i + 1, "finish it or say it in an issue: no \"$1\" in the tree") if $line =~ $leftover && !$is_lock;
            say_at($file, $i + 1, "no address of a package registry ($1); the clients know theirs") if $line =~ $registry;
            say_at($file, $i + 1, "a lock file carries no download addresses; strip the \"resol" . "ved\" keys") if $is_lock && $line =~ /"resolved"\s*:/;
            say_at($file, $i + 1, "\"$1\" is a vendor; it belongs into connectors/, packs/ or src/connector/")
                if $file =~ m{^src/} && $file !~ m{^src/connector/} && $line =~ $vendor;
        }
        next unless $source{$ext};

        if ($file =~ m{^src/.*\.[ch]$}) {
            my @code = code_of($text);
            for my $i (0 .. $#code) {
                say_at($file, $i + 1, "$1() is banned; base/ has a better one")
                    if $file !~ m{^src/base/} && $code[$i] =~ $banned;
                for (@doors) {
                    my ($calls, $home, $what) = @$_;
                    say_at($file, $i + 1, "only $home talks to $what") if $file !~ /^\Q$home\E/ && $code[$i] =~ $calls;
                }
            }
        }

        say_at($file, 801, "split it: more than 800 lines are more than one concern") if @lines > 800;
        next if $ext eq "sql";

        my $first = $lines[0] // "";
        $first = $lines[1] // "" if $first =~ /^#!/;
        my $start = $lines[0] =~ /^#!/ ? 2 : 1;
        my $sentence = $first =~ m{^/\*+\s*$} ? $lines[$start] // "" : $first;
        say_at($file, $start, "the first line is a comment: one sentence on what the file is for")
            unless $first =~ m{^(/\*|//|#|--)} && $sentence =~ /\w+\W+\w+\W+\w+/;
        say_at($file, $start, "write \"SPDX-License-Identifier: Apache-2.0\" under the first sentence")
            unless grep { defined && /SPDX-License-Identifier: Apache-2\.0\b/ } @lines[0 .. 7];
    }
    exit $bad;
'
