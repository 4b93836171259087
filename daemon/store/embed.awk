# SPDX-License-Identifier: LGPL-2.1-or-later
# The numbered steps of schema/sql, in the order given, as an array of C strings.
BEGIN {
	print "/* Made from schema/sql by daemon/store/embed.awk. */"
	print "#include \"daemon/store/internal.h\"\n"
	print "const char *const store_steps[] = {"
}
FNR == 1 && NR > 1 { print "\t," }
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\t\"" $0 "\\n\""
}
END {
	print "};"
	print "const size_t store_n_steps = sizeof(store_steps) / sizeof(store_steps[0]);"
}
