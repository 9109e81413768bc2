#!/bin/sh
# Refuses an include (C) or an import (TypeScript) that the module's line in src/LAYERS or web/src/LAYERS does not allow.
# SPDX-License-Identifier: Apache-2.0
# usage: check_layers.sh [ROOT]
set -eu
export LC_ALL=C
cd "${1:-$(dirname "$0")/..}"

# One program for both: a reference "module/rest" in a file of module M needs M's line to name that module. A module is the longest name
# in LAYERS that begins the path, so "engine/project" and "features" (with its areas) both work.
check() {
    perl -e '
        my ($layers, $kind, @files) = @ARGV;
        my $dir = $layers =~ s/LAYERS$//r;
        my (%allowed, $bad);
        open my $in, "<", $layers or die "$layers: $!\n";
        while (<$in>) {
            next if /^\s*(#|$)/;
            unless (/^([\w\/-]+):\s*((?:[\w\/-]+\s*)*)$/) { print "$layers:$.: write \"module: module module\"\n"; $bad = 1; next; }
            my ($module, @deps) = ($1, split " ", $2);
            for (grep { !$allowed{$_} } @deps) { print "$layers:$.: $module may name only lines above it, and $_ is not one\n"; $bad = 1; }
            $allowed{$module} = { map { $_ => 1 } @deps };
        }
        sub module_of {
            my @parts = split m{/}, $_[0];
            while (@parts) { my $m = join "/", @parts; return $m if $allowed{$m}; pop @parts; }
            return undef;
        }
        sub folder_of { my $f = $_[0]; $f =~ s{/?[^/]*$}{}; return $f; }
        # An import may climb ("../lib/x"); what it names is a path from the root of the sources.
        sub resolve {
            my ($from, $target) = @_;
            my @parts = split m{/}, folder_of($from);
            for (split m{/}, $target) { if ($_ eq "..") { pop @parts } elsif ($_ ne "." ) { push @parts, $_ } }
            return join "/", @parts;
        }
        for my $file (@files) {
            my $path = substr $file, length $dir;
            # The folder, not the file, decides, except where a file of the root is itself named (web: app.tsx counts as app).
            my $own = module_of($path =~ s/\.\w+$//r);
            unless (defined $own) {
                # A file above all modules (main.tsx, a type declaration) joins them and is free.
                if ($path =~ m{/}) { print "$file:1: add the module ", folder_of($path), " to $layers\n"; $bad = 1; }
                next;
            }
            open my $src, "<", $file or die "$file: $!\n";
            while (<$src>) {
                my $target;
                if ($kind eq "c") {
                    next unless /^\s*#\s*include\s+"([^"]+)"/;
                    $target = $1;
                    next unless $target =~ m{/};
                } else {
                    next unless m{(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*["\x27]((?:\@/|\.\.?/)[^"\x27]+)["\x27]};
                    $target = $1;
                    $target = $target =~ s{^\@/}{} ? $target : resolve($path, $target);
                }
                my $other = module_of($target =~ s/\.\w+$//r);
                if (!defined $other) {
                    next if $kind eq "ts" && $target !~ m{/};
                    print "$file:$.: \"$target\" belongs to no module of $layers; add it there\n"; $bad = 1;
                } elsif ($other ne $own && !$allowed{$own}{$other}) {
                    print "$file:$.: $own may not use $other ($layers); move the code, register a callback or append an event\n"; $bad = 1;
                } elsif ($other ne $own && $target =~ /_internal\b/) {
                    print "$file:$.: $target is private to $other; use its contract header\n"; $bad = 1;
                } elsif ($kind eq "ts" && $own eq "features" && $other eq "features") {
                    my ($a, $b) = map { (split m{/}, $_)[1] // "" } $path, $target;
                    next if $a eq $b || $b eq "" || $path !~ m{^features/[^/]+/};
                    print "$file:$.: feature $a may not use feature $b; move what they share to record/ or ui/\n"; $bad = 1;
                }
            }
        }
        exit($bad ? 1 : 0);
    ' "$@"
}

status=0
# shellcheck disable=SC2046
check src/LAYERS c $(find src -type f \( -name '*.c' -o -name '*.h' \) | sort) || status=1
if [ -d web/src ]; then
    if [ -e web/src/LAYERS ]; then
        # shellcheck disable=SC2046
        check web/src/LAYERS ts $(find web/src -type f \( -name '*.ts' -o -name '*.tsx' \) | sort) || status=1
    else
        echo "web/src/LAYERS:1: list the modules of the interface in their order, as src/LAYERS does"
        status=1
    fi
fi
exit $status
