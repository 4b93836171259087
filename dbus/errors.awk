# SPDX-License-Identifier: LGPL-2.1-or-later
# errors.list as the daemon's table; the designators tie it to enum bus_error.
BEGIN {
	print "/* Made from dbus/errors.list by dbus/errors.awk. */"
	print "#include \"daemon/bus/errors.h\"\n"
	print "#include <errno.h>\n"
	print "const struct bus_error_row bus_error_rows[] = {"
}
/^[A-Z]/ {
	text = $0
	sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "", text)
	printf "\t[BUS_ERROR_%s] = { \"%s\", %s, \"%s\" },\n", $1, $2, $3, text
	n++
}
END {
	print "};\n"
	print "_Static_assert(" n " == _BUS_ERROR_MAX, \"errors.list and enum bus_error differ\");"
}
