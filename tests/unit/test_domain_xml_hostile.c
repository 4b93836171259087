/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents that are no XML, or XML that means harm: refused, with the place, before it costs. */
#include "tests/unit/test_domain_xml.h"

#include "core/model/limits.h"

#include <libxml/xmlerror.h>

static void test_domain_xml_refused_as(const char *text, const char *where, const char *word)
{
	test_domain_xml_refused_text(text, strlen(text), where, word);
}

START_TEST(parse__document_type__refused)
{
	/* Entities in entities, a file, the network: none of it is looked at. */
	test_domain_xml_refused_as(
		"<?xml version='1.0'?>\n<!DOCTYPE domain [<!ENTITY a 'aaaaaaaaaaaaaaaa'>"
		"<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
		"<domain type='kvm'><name>&c;</name></domain>",
		"line 2 column 1", "document type");
	test_domain_xml_refused_as("<!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain/>",
		"line 1 column 1", "document type");
	test_domain_xml_refused_as(
		"<!-- <a> -->\n <!DOCTYPE domain>\n<domain/>", "line 2 column 2", "document type");
	test_domain_xml_refused_as(
		"<domain><!ELEMENT a ANY></domain>", "line 1 column 9", "document type");
}
END_TEST

START_TEST(parse__entity_that_nobody_declared__refused)
{
	test_domain_xml_refused_as(
		"<domain type='kvm'>\n<name>&a;</name></domain>", "line 2", "Entity 'a'");
	test_domain_xml_refused_as("<domain\ntype='&a;'/>", "line 2", "Entity 'a'");
}
END_TEST

START_TEST(parse__xmls_own_entities__read)
{
	const char *text = "<domain type='kvm'><name>a&lt;&#66;&amp;<![CDATA[<c>]]><!-- d -->e"
			   "</name><memory unit='GiB'>1</memory><os><type machine='q&#x33;5'"
			   " arch='x86_64'>hvm</type></os><devices><a-b c='&quot;'/></devices>"
			   "</domain>";
	struct machine *machine = test_domain_xml_take_text(text);

	ck_assert_str_eq(machine->name, "a<B&<c>e");
	ck_assert_str_eq(machine->type, "q35");
	machine_free(machine);
}
END_TEST

START_TEST(parse__no_xml__refused_with_its_line)
{
	test_domain_xml_refused_as("", "line 1 column 1", "empty");
	test_domain_xml_refused_as(" \n\t", "line 2 column 2", "empty");
	test_domain_xml_refused_as("domain", "line 1 column 1", "does not start like XML");
	test_domain_xml_refused_as("{\"arch\":\"x86_64\"}", "line 1 column 1", "XML");
	test_domain_xml_refused_as("<domain>\n<name>a</nam></domain>", "line 2", "mismatch");
	test_domain_xml_refused_as("<domain>\n\n<name", "line 3", "");
	test_domain_xml_refused_as(
		"<domain type='kvm'>\n<a b='1' b='2'/></domain>", "line 2", "redefined");
	test_domain_xml_refused_as(
		"<domain type='kvm'>\n<qemu:commandline/></domain>", "line 2", "qemu");
	test_domain_xml_refused_as("<domain/>\n<domain/>", "line 2", "Extra content");
}
END_TEST

START_TEST(parse__other_root__refused)
{
	test_domain_xml_refused_as("<domainsnapshot/>", "document", "<domain>");
	test_domain_xml_refused_as("<domain xmlns='urn:other'/>", "document", "<domain>");
	test_domain_xml_refused_as(
		"<x:domain xmlns:x='urn:other' type='kvm'/>", "document", "<domain>");
}
END_TEST

START_TEST(parse__other_encodings__refused_or_read_as_utf_8)
{
	static const char utf16[] = "\xff\xfe<\0d\0o\0m\0a\0i\0n\0/\0>\0";
	static const char nul[] = "<domain type='kvm'>\n<name>a\0b</name></domain>";
	struct machine *machine;

	test_domain_xml_refused_text(utf16, sizeof(utf16) - 1, "line 1 column 4", "NUL");
	test_domain_xml_refused_text(nul, sizeof(nul) - 1, "line 2 column 8", "NUL");
	/* EBCDIC, which libxml2 would find out by itself */
	test_domain_xml_refused_as("\x4c\x6f\xa7\x94\x93", "line 1 column 1", "UTF-8");
	test_domain_xml_refused_as("<?xml version='1.0' encoding='ISO-8859-1'?>\n"
				   "<domain><name>\xe9</name></domain>",
		"line 2", "UTF-8");
	test_domain_xml_refused_as("<domain>\n<name>\xc0\xaf</name></domain>", "line 2", "UTF-8");
	machine = test_domain_xml_take_text(
		"\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><domain type='kvm'>"
		"<name>\xc3\xa9</name><memory>1024</memory><os><type arch='x86_64'>hvm</type></os>"
		"</domain>");
	ck_assert_str_eq(machine->name, "\xc3\xa9");
	machine_free(machine);
}
END_TEST

/* The document made of @head, @n times @part and @tail, to be freed. */
static char *test_domain_xml_repeat(const char *head, const char *part, size_t n, const char *tail)
{
	size_t n_head = strlen(head);
	size_t n_part = strlen(part);
	size_t n_tail = strlen(tail);
	char *text = malloc(n_head + n * n_part + n_tail + 1);

	ck_assert_ptr_nonnull(text);
	memcpy(text, head, n_head);
	for (size_t i = 0; i < n; i++)
		memcpy(text + n_head + i * n_part, part, n_part);
	memcpy(text + n_head + n * n_part, tail, n_tail + 1);
	return text;
}

START_TEST(parse__more_than_the_limits__refused)
{
	static const struct {
		const char *head, *part, *tail, *word;
		size_t n;
	} cases[] = {
		{ "<domain>", "     ", "</domain>", "4194322 bytes", 838861 },
		{ "<domain>", "<a/>", "</domain>", "too many elements", 100000 },
		{ "<domain>", "<a b='' c=''/>", "</domain>", "too many elements", 33400 },
		/* What looks like the end of a comment is its start, and hides nothing. */
		{ "<domain><!--><![CDATA[-->", "<a/>", "<!--]]>--></domain>", "too many elements",
			100000 },
		{ "<domain>", "<!---->", "</domain>", "too many elements", 100000 },
		{ "<domain>", "<a>", "", "nested too deep", 256 },
		{ "<domain ", "a='' ", "/>", "too many attributes", 65 },
		{ "<domain ", "xmlns:a='' ", "/>", "too many attributes", 300000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = test_domain_xml_repeat(
			cases[i].head, cases[i].part, cases[i].n, cases[i].tail);
		struct refusal refusal = { "", "" };
		struct machine *machine = NULL;

		ck_assert_int_eq(domain_xml_decode(text, strlen(text), &machine, &refusal),
			DOMAIN_XML_E_REFUSED);
		ck_assert_msg(strstr(refusal.text, cases[i].word), "%s: %s: %s", cases[i].part,
			refusal.where, refusal.text);
		ck_assert_str_ne(refusal.where, "");
		free(text);
	}
}
END_TEST

START_TEST(parse__all_that_fits__taken)
{
	static const char head[] = "<domain type='kvm'><memory unit='GiB'>1</memory><os>"
				   "<type arch='x86_64'>hvm</type></os><metadata>";
	char *open = test_domain_xml_repeat(head, "<a>", 254, "");
	char *close = test_domain_xml_repeat("", "</a>", 254, "</metadata></domain>");
	char *both = test_domain_xml_repeat(open, close, 1, "");
	char *wide = test_domain_xml_repeat(
		head, "<a b='<!DOCTYPE'>text</a>", 30000, "</metadata></domain>");
	char *long_value =
		test_domain_xml_repeat(head, "aaaaaaaaaa", 400000, "</metadata></domain>");

	machine_free(test_domain_xml_take_text(both));
	ck_assert_ptr_nonnull(strchr(wide, '!'));
	for (char *c = strchr(wide, '!'); c; c = strchr(c, '!')) {
		c[-1] = '+'; /* a '<' in a value is no XML; what looks like a type in one is no type
			      */
		c++;
	}
	machine_free(test_domain_xml_take_text(wide));
	machine_free(test_domain_xml_take_text(long_value));
	free(open);
	free(close);
	free(both);
	free(wide);
	free(long_value);
}
END_TEST

START_TEST(decode__devices_past_what_is_kept__refused)
{
	static const char usual[] = "<domain type='kvm'><memory unit='GiB'>99</memory><os>"
				    "<type arch='x86_64'>hvm</type></os><devices>";
	static const struct {
		const char *part, *word;
		size_t n;
	} cases[] = {
		{ "<hostdev type='pci'><source><address/></source></hostdev>", "more of these",
			LIMIT_GUEST_DEVICES },
		{ "<memory model='dimm'><target><size>1</size></target></memory>", "more of these",
			LIMIT_GUEST_RANGES },
		{ "<shmem/>", "more of these", LIMIT_GUEST_RANGES },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t more = 0; more < 2; more++) {
			char *text = test_domain_xml_repeat(
				usual, cases[i].part, cases[i].n + more, "</devices></domain>");

			if (more)
				test_domain_xml_refused_as(text,
					i == 0	 ? "line 1: <hostdev>"
					: i == 1 ? "line 1: <memory>"
						 : "line 1: <shmem>",
					cases[i].word);
			else
				machine_free(test_domain_xml_take_text(text));
			free(text);
		}
	}
}
END_TEST

START_TEST(decode__texts_too_long__refused)
{
	char *name = test_domain_xml_repeat(
		"<domain type='kvm'>\n<name>", "n", LIMIT_TEXT + 1, "</name></domain>");
	char *arch = test_domain_xml_repeat("<domain type='kvm'><os>\n<type arch='", "n",
		LIMIT_TEXT + 1, "'>hvm</type></os></domain>");

	test_domain_xml_refused_as(name, "line 2: <name>", "256 bytes");
	test_domain_xml_refused_as(arch, "line 2: <type>", "256 bytes");
	free(name);
	free(arch);
}
END_TEST

START_TEST(decode__uuid_in_any_spelling__one_or_refused)
{
	static const char *const bad[] = { "c9c7da70-943c-4068-89d1-a5853b287a0",
		"c9c7da70-943c-4068-89d1-a5853b287a023", "c9c7da70-943c-4068-89d1-a5853b287a0g",
		"" };
	char text[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "<domain type='kvm'>\n<uuid>%s</uuid></domain>",
			bad[i]);
		test_domain_xml_refused_as(text, "line 2: <uuid>", "UUID");
	}
}
END_TEST

START_TEST(decode__what_it_names__printable)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<disk type='\xc3\xa9&#10;&#9;'/><interface type='&lt;&#127;'/>");

	ck_assert_str_eq(machine->opaque[0], "<disk type='?"
					     "?"
					     "?"
					     "?'> (line 7)");
	ck_assert_str_eq(machine->opaque[1], "<interface type='<?'> (line 7)");
	machine_free(machine);
}
END_TEST

static void test_domain_xml_on_error(void *context, xmlErrorPtr error)
{
	(void)error;
	++*(int *)context;
}

/* Whoever else uses libxml2 in this process finds it as it was. */
START_TEST(decode__refused__nothing_left_in_libxml2)
{
	int n_errors = 0;

	xmlSetStructuredErrorFunc(&n_errors, test_domain_xml_on_error);
	test_domain_xml_refused_as("<domain>\n<name>a</nam></domain>", "line 2", "mismatch");
	ck_assert_int_eq(n_errors, 0);
	ck_assert(xmlStructuredError == test_domain_xml_on_error);
	ck_assert_ptr_eq(xmlStructuredErrorContext, &n_errors);
	ck_assert(!xmlGetLastError() || xmlGetLastError()->code == XML_ERR_OK);
	xmlSetStructuredErrorFunc(NULL, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domain_xml_hostile");
	TCase *cases = tcase_create("domain_xml_hostile");

	tcase_add_test(cases, parse__document_type__refused);
	tcase_add_test(cases, parse__entity_that_nobody_declared__refused);
	tcase_add_test(cases, parse__xmls_own_entities__read);
	tcase_add_test(cases, parse__no_xml__refused_with_its_line);
	tcase_add_test(cases, parse__other_root__refused);
	tcase_add_test(cases, parse__other_encodings__refused_or_read_as_utf_8);
	tcase_add_test(cases, parse__more_than_the_limits__refused);
	tcase_add_test(cases, parse__all_that_fits__taken);
	tcase_add_test(cases, decode__devices_past_what_is_kept__refused);
	tcase_add_test(cases, decode__texts_too_long__refused);
	tcase_add_test(cases, decode__uuid_in_any_spelling__one_or_refused);
	tcase_add_test(cases, decode__what_it_names__printable);
	tcase_add_test(cases, decode__refused__nothing_left_in_libxml2);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
