/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domain as a whole: who runs it, board, firmware, CPU, what is beside it, our own policy. */
#include "tests/unit/test_domain_xml.h"

#include "core/model/limits.h"

/* As libvirt 9.0 printed them: a definition, and the same guest running. */
static const char test_domain_xml_definition[] =
	"<domain type='qemu'>\n"
	"  <name>virt-arm-4g-smmuv3</name>\n"
	"  <uuid>47072e37-ed29-47e2-945f-f986e7fa901f</uuid>\n"
	"  <memory unit='KiB'>4194304</memory>\n"
	"  <currentMemory unit='KiB'>4194304</currentMemory>\n"
	"  <vcpu placement='static'>2</vcpu>\n"
	"  <os>\n"
	"    <type arch='aarch64' machine='virt-7.2'>hvm</type>\n"
	"    <loader readonly='yes' type='pflash'>/usr/share/AAVMF/AAVMF_CODE.fd</loader>\n"
	"    <nvram template='/usr/share/AAVMF/AAVMF_VARS.fd'>/var/lib/x_VARS.fd</nvram>\n"
	"    <boot dev='hd'/>\n"
	"  </os>\n"
	"  <features>\n"
	"    <acpi/>\n"
	"    <gic version='3'/>\n"
	"  </features>\n"
	"  <cpu mode='custom' match='exact' check='none'>\n"
	"    <model fallback='forbid'>max</model>\n"
	"  </cpu>\n"
	"  <clock offset='utc'/>\n"
	"  <on_poweroff>destroy</on_poweroff>\n"
	"  <on_reboot>restart</on_reboot>\n"
	"  <on_crash>destroy</on_crash>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/qemu-system-aarch64</emulator>\n"
	"    <controller type='usb' index='0' model='none'/>\n"
	"    <controller type='pci' index='0' model='pcie-root'/>\n"
	"    <audio id='1' type='none'/>\n"
	"    <memballoon model='virtio'>\n"
	"      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n"
	"    </memballoon>\n"
	"    <iommu model='smmuv3'/>\n"
	"  </devices>\n"
	"</domain>\n";

static const char test_domain_xml_running[] =
	"<?xml version='1.0' encoding='UTF-8'?>\n"
	"<!-- as it runs -->\n"
	"<domain type='qemu' id='7'>\n"
	"  <name>pc-1g</name>\n"
	"  <uuid>C9C7DA70943C406889D1A5853B287A02</uuid>\n"
	"  <memory unit='KiB'>1048576</memory>\n"
	"  <vcpu placement='static' current='1'>8</vcpu>\n"
	"  <resource>\n"
	"    <partition>/machine</partition>\n"
	"  </resource>\n"
	"  <os>\n"
	"    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>\n"
	"  </os>\n"
	"  <cpu mode='custom' match='exact' check='full'>\n"
	"    <model fallback='forbid'>qemu64</model>\n"
	"    <feature policy='require' name='hypervisor'/>\n"
	"    <feature policy='require' name='lahf_lm'/>\n"
	"  </cpu>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
	"  </devices>\n"
	"  <seclabel type='dynamic' model='dac' relabel='yes'>\n"
	"    <label>+0:+0</label>\n"
	"    <imagelabel>+0:+0</imagelabel>\n"
	"  </seclabel>\n"
	"</domain>\n";

START_TEST(decode__definition_of_libvirt__machine)
{
	struct machine *machine = test_domain_xml_take_text(test_domain_xml_definition);

	ck_assert_str_eq(machine->name, "virt-arm-4g-smmuv3");
	ck_assert_str_eq(machine->uuid, "47072e37-ed29-47e2-945f-f986e7fa901f");
	ck_assert_str_eq(machine->arch, "aarch64");
	ck_assert_str_eq(machine->type, "virt-7.2");
	ck_assert(!machine->kvm);
	ck_assert(!machine->running);
	ck_assert_uint_eq(machine->ram, 4ULL << 30);
	ck_assert_uint_eq(machine->cpus, 2);
	ck_assert_int_eq(machine->firmware, MACHINE_FIRMWARE_PFLASH);
	ck_assert(machine->acpi);
	ck_assert_str_eq(machine->gic, "3");
	ck_assert_int_eq(machine->cpu.kind, MACHINE_CPU_MAX);
	ck_assert_int_eq(machine->viommu.model, VIOMMU_SMMUV3);
	ck_assert_int_eq(machine->viommu.shares_tables, TRI_NO);
	ck_assert_uint_eq(machine->n_opaque, 0);
	ck_assert_uint_eq(machine->n_devices, 0);
	ck_assert_uint_eq(machine->n_bars, 0);
	machine_free(machine);
}
END_TEST

START_TEST(decode__running_guest__said_so)
{
	struct machine *machine = test_domain_xml_take_text(test_domain_xml_running);

	ck_assert(machine->running);
	ck_assert_str_eq(machine->uuid, "c9c7da70-943c-4068-89d1-a5853b287a02");
	ck_assert_uint_eq(machine->cpus, 8);
	ck_assert(!machine->acpi);
	ck_assert_int_eq(machine->firmware, MACHINE_FIRMWARE_DEFAULT);
	ck_assert_int_eq(machine->cpu.lm, TRI_UNKNOWN);
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
}
END_TEST

START_TEST(decode__accelerator__kvm_emulation_or_opaque)
{
	struct machine *machine = test_domain_xml_take(&(struct test_domain_xml){ 0 });

	ck_assert(machine->kvm);
	machine_free(machine);
	machine = test_domain_xml_take(&(struct test_domain_xml){ .attributes = "type='qemu'" });
	ck_assert(!machine->kvm);
	machine_free(machine);
	test_domain_xml_opaque(&(struct test_domain_xml){ .attributes = "type='xen'" },
		"<domain type='xen'> (line 1)");
	/* An accelerator that is not modelled is not KVM for that. */
	machine = test_domain_xml_take(&(struct test_domain_xml){ .attributes = "type='hvf'" });
	ck_assert(!machine->kvm);
	ck_assert_uint_eq(machine->n_opaque, 1);
	machine_free(machine);
	test_domain_xml_refused(
		&(struct test_domain_xml){ .attributes = "id='3'" }, "line 1: <domain>", "type");
}
END_TEST

/* With @loader, and @attributes of <os>, the firmware is @firmware. */
static void test_domain_xml_has_firmware(
	const char *attributes, const char *loader, enum machine_firmware firmware)
{
	char text[512];
	struct machine *machine;

	(void)snprintf(text, sizeof(text),
		"<os %s><type arch='x86_64' machine='q35'>hvm</type>%s</os>", attributes, loader);
	machine = test_domain_xml_take(&(struct test_domain_xml){ .os = text });
	ck_assert_int_eq(machine->firmware, firmware);
	ck_assert_str_eq(machine->type, "q35");
	machine_free(machine);
}

START_TEST(decode__firmware__by_loader_or_not_known)
{
	test_domain_xml_has_firmware("", "", MACHINE_FIRMWARE_DEFAULT);
	test_domain_xml_has_firmware(
		"", "<loader type='pflash'>/a.fd</loader>", MACHINE_FIRMWARE_PFLASH);
	test_domain_xml_has_firmware(
		"", "<loader type='rom'>/a.bin</loader>", MACHINE_FIRMWARE_BIOS);
	test_domain_xml_has_firmware("", "<loader>/a.bin</loader>", MACHINE_FIRMWARE_BIOS);
	test_domain_xml_has_firmware("firmware='efi'", "", MACHINE_FIRMWARE_UNKNOWN);
	test_domain_xml_has_firmware(
		"firmware='efi'", "<loader secure='yes'/>", MACHINE_FIRMWARE_UNKNOWN);
	test_domain_xml_has_firmware(
		"firmware='efi'", "<loader type='pflash'>/a.fd</loader>", MACHINE_FIRMWARE_PFLASH);
}
END_TEST

START_TEST(decode__board_that_nobody_names__refused_or_left_open)
{
	struct machine *machine = test_domain_xml_take(
		&(struct test_domain_xml){ .os = "<os><type arch='x86_64'>hvm</type></os>" });

	ck_assert_ptr_null(machine->type);
	machine_free(machine);
	test_domain_xml_refused(&(struct test_domain_xml){ .os = "<os><type>hvm</type></os>" },
		"line 3: <type>", "arch");
	test_domain_xml_refused(
		&(struct test_domain_xml){ .os = "<os></os>" }, "line 3: <os>", "arch");
	test_domain_xml_refused(&(struct test_domain_xml){ .os = "" }, "line 1: <domain>", "<os>");
	test_domain_xml_opaque(
		&(struct test_domain_xml){ .os = "<os><type arch='x86_64'>xen</type></os>" },
		"<type> 'xen' of a guest (line 3)");
}
END_TEST

/* The CPU that @cpu becomes on x86. */
static struct machine_cpu test_domain_xml_cpu(const char *cpu, struct machine **ret)
{
	*ret = test_domain_xml_take(&(struct test_domain_xml){ .cpu = cpu });
	return (*ret)->cpu;
}

START_TEST(decode__cpu__as_libvirt_would_name_it)
{
	static const struct {
		const char *xml;
		enum machine_cpu_kind kind;
		const char *model;
	} cases[] = {
		{ "", MACHINE_CPU_NAMED, "qemu64" },
		{ "<cpu><topology sockets='1' cores='2' threads='1'/></cpu>", MACHINE_CPU_NAMED,
			"qemu64" },
		{ "<cpu><model>EPYC-Rome</model></cpu>", MACHINE_CPU_NAMED, "EPYC-Rome" },
		{ "<cpu mode='custom'><model>EPYC</model></cpu>", MACHINE_CPU_NAMED, "EPYC" },
		{ "<cpu mode='host-passthrough' check='none' migratable='on'/>", MACHINE_CPU_HOST,
			NULL },
		{ "<cpu mode='maximum'/>", MACHINE_CPU_MAX, NULL },
		/* What it becomes is no model that is written here. */
		{ "<cpu mode='host-model'/>", MACHINE_CPU_NAMED, "host-model" },
		{ "<cpu mode='host-model'><model fallback='allow'/></cpu>", MACHINE_CPU_NAMED,
			"host-model" },
		{ "<cpu match='minimum'><model>486</model></cpu>", MACHINE_CPU_NAMED,
			"host-model" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *machine;
		struct machine_cpu cpu = test_domain_xml_cpu(cases[i].xml, &machine);

		ck_assert_msg(cpu.kind == cases[i].kind, "%s is kind %d", cases[i].xml, cpu.kind);
		ck_assert_pstr_eq(cpu.model, cases[i].model);
		ck_assert_uint_eq(machine->n_opaque, 0);
		ck_assert_uint_eq(cpu.bits, 0);
		ck_assert_int_eq(cpu.host_bits, TRI_UNKNOWN);
		machine_free(machine);
	}
	test_domain_xml_opaque(&(struct test_domain_xml){ .cpu = "<cpu mode='new'/>" },
		"<cpu mode='new'> (line 5)");
}
END_TEST

START_TEST(decode__cpu_of_arm__board_or_host)
{
	struct test_domain_xml parts = {
		.os = "<os><type arch='aarch64' machine='virt'>hvm</type></os>",
	};
	struct machine *machine = test_domain_xml_take(&parts);

	ck_assert_int_eq(machine->cpu.kind, MACHINE_CPU_DEFAULT);
	machine_free(machine);
	parts.cpu = "<cpu mode='host-model'/>";
	machine = test_domain_xml_take(&parts);
	ck_assert_int_eq(machine->cpu.kind, MACHINE_CPU_HOST);
	machine_free(machine);
	/* What of libvirt's models is none of QEMU's (-cpu max, -cpu host). */
	parts.cpu = "<cpu mode='custom' match='exact'><model fallback='allow'>max</model></cpu>";
	machine = test_domain_xml_take(&parts);
	ck_assert_int_eq(machine->cpu.kind, MACHINE_CPU_MAX);
	ck_assert_ptr_null(machine->cpu.model);
	machine_free(machine);
	parts.cpu = "<cpu mode='custom'><model>host</model></cpu>";
	machine = test_domain_xml_take(&parts);
	ck_assert_int_eq(machine->cpu.kind, MACHINE_CPU_HOST);
	machine_free(machine);
}
END_TEST

/* edk2 PlatformAddressWidthFromCpuid(): without pages of 1 GiB OVMF reaches 40 bits only. */
START_TEST(decode__pages_of_1_gib_by_hand__named_when_taken_away)
{
	static const char *const plain[] = {
		"<cpu><model>EPYC</model><feature policy='require' name='pdpe1gb'/></cpu>",
		"<cpu><model>EPYC</model><feature policy='optional' name='pdpe1gb'/></cpu>",
	};
	static const char *const taken[] = {
		"<cpu><model>EPYC</model><feature policy='disable' name='pdpe1gb'/></cpu>",
		"<cpu mode='host-passthrough'><feature policy='forbid' name='pdpe1gb'/></cpu>",
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		struct machine *machine;

		(void)test_domain_xml_cpu(plain[i], &machine);
		ck_assert_uint_eq(machine->n_opaque, 0);
		machine_free(machine);
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		test_domain_xml_opaque(&(struct test_domain_xml){ .cpu = taken[i] },
			"<feature name='pdpe1gb'> taken away: firmware's windows follow from it "
			"(line 5)");
}
END_TEST

START_TEST(decode__maxphysaddr__as_qemu_is_told)
{
	struct machine *machine;
	struct machine_cpu cpu = test_domain_xml_cpu(
		"<cpu><model>EPYC</model><maxphysaddr mode='emulate' bits='46'/></cpu>", &machine);

	ck_assert_uint_eq(cpu.bits, 46);
	ck_assert_int_eq(cpu.host_bits, TRI_UNKNOWN);
	machine_free(machine);
	cpu = test_domain_xml_cpu(
		"<cpu mode='host-model'><maxphysaddr mode='passthrough' limit='39'/></cpu>",
		&machine);
	ck_assert_uint_eq(cpu.bits, 0);
	ck_assert_uint_eq(cpu.bits_limit, 39);
	ck_assert_int_eq(cpu.host_bits, TRI_YES);
	machine_free(machine);
	cpu = test_domain_xml_cpu(
		"<cpu mode='host-passthrough'><maxphysaddr mode='emulate'/></cpu>", &machine);
	ck_assert_int_eq(cpu.host_bits, TRI_NO);
	machine_free(machine);
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.cpu = "<cpu>\n<maxphysaddr mode='emulate' bits='465'/></cpu>" },
		"line 6: <maxphysaddr>", "too large");
	test_domain_xml_refused(
		&(struct test_domain_xml){ .cpu = "<cpu><maxphysaddr bits='46'/></cpu>" },
		"line 5: <maxphysaddr>", "mode");
}
END_TEST

START_TEST(decode__vendor__only_where_qemu_is_given_it)
{
	struct machine *machine;
	struct machine_cpu cpu = test_domain_xml_cpu(
		"<cpu><model vendor_id='AuthenticAMD'>Haswell</model></cpu>", &machine);

	ck_assert_str_eq(cpu.vendor, "AuthenticAMD");
	machine_free(machine);
	cpu = test_domain_xml_cpu("<cpu mode='host-passthrough'>"
				  "<model vendor_id='AuthenticAMD'/></cpu>",
		&machine);
	ck_assert_ptr_null(cpu.vendor);
	machine_free(machine);
	/* What a model has to be to fit is not what it is. */
	cpu = test_domain_xml_cpu(
		"<cpu><model>Haswell</model><vendor>Intel</vendor></cpu>", &machine);
	ck_assert_ptr_null(cpu.vendor);
	machine_free(machine);
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.cpu = "<cpu><model vendor_id='AMD'>Haswell</model></cpu>" },
		"line 5: <model>", "vendor_id");
}
END_TEST

START_TEST(decode__long_mode_by_hand__kept)
{
	static const struct {
		const char *policy;
		enum tri lm;
	} cases[] = {
		{ "policy='require'", TRI_YES },
		{ "policy='force'", TRI_YES },
		{ "", TRI_YES },
		{ "policy='disable'", TRI_NO },
		{ "policy='forbid'", TRI_NO },
		{ "policy='optional'", TRI_UNKNOWN },
	};
	char text[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *machine;

		(void)snprintf(text, sizeof(text),
			"<cpu><model>EPYC</model><feature %s name='lm'/></cpu>", cases[i].policy);
		ck_assert_int_eq(test_domain_xml_cpu(text, &machine).lm, cases[i].lm);
		machine_free(machine);
	}
	test_domain_xml_opaque(&(struct test_domain_xml){ .cpu = "<cpu><model>pentium3-v1</model>"
								 "<feature name='pae'/></cpu>" },
		"<feature name='pae'> of a 32-bit CPU (line 5)");
	test_domain_xml_opaque(
		&(struct test_domain_xml){ .cpu = "<cpu><model>EPYC</model><feature name='pse36'/>"
						  "<feature policy='disable' name='lm'/></cpu>" },
		"<feature name='pse36'> of a 32-bit CPU (line 5)");
}
END_TEST

START_TEST(decode__features__read_harmless_or_named)
{
	struct machine *machine = test_domain_xml_take(&(struct test_domain_xml){
		.rest = "<features><acpi/><apic/><ioapic driver='qemu'/><smm state='on'>"
			"<tseg unit='MiB'>48</tseg></smm><hyperv><relaxed state='on'/></hyperv>"
			"<kvm><hidden state='on'/></kvm><pmu state='off'/></features>" });

	ck_assert(machine->acpi);
	ck_assert_int_eq(machine->split_irqchip, TRI_YES);
	ck_assert_uint_eq(machine->ram, 4ULL << 30);
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
	machine = test_domain_xml_take(
		&(struct test_domain_xml){ .rest = "<features><ioapic driver='kvm'/></features>" });
	ck_assert_int_eq(machine->split_irqchip, TRI_NO);
	ck_assert(!machine->acpi);
	machine_free(machine);
	test_domain_xml_opaque(&(struct test_domain_xml){ .rest = "<features><warp/></features>" },
		"<features> with <warp> (line 9)");
}
END_TEST

START_TEST(decode__what_goes_around_libvirt__named)
{
	static const struct {
		const char *rest, *name;
	} cases[] = {
		{ "<qemu:commandline>\n<qemu:arg value='-device'/></qemu:commandline>",
			"<qemu:commandline> (line 9)" },
		{ "<qemu:override><qemu:device alias='a'/></qemu:override>",
			"<qemu:override> (line 9)" },
		{ "<qemu:capabilities><qemu:del capability='x'/></qemu:capabilities>",
			"<qemu:capabilities> (line 9)" },
		{ "<launchSecurity type='sev'><policy>3</policy></launchSecurity>",
			"<launchSecurity> (line 9)" },
		{ "<newThing/>", "<newThing> (line 9)" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_domain_xml_opaque(
			&(struct test_domain_xml){ .attributes = "type='kvm' " TEST_DOMAIN_XML_QEMU,
				.rest = cases[i].rest },
			cases[i].name);
}
END_TEST

START_TEST(decode__nothing_given_to_qemu__nothing_named)
{
	struct machine *machine = test_domain_xml_take(&(struct test_domain_xml){
		.attributes = "type='kvm' " TEST_DOMAIN_XML_QEMU " xmlns:x='urn:other'",
		.rest = "<qemu:commandline/><qemu:deprecation behavior='crash'/>"
			"<x:memory unit='TiB'>9</x:memory><metadata><x:commandline/></metadata>"
			"<memtune><hard_limit unit='KiB'>9</hard_limit></memtune>"
			"<sysinfo type='fwcfg'/><title>t</title><description/>" });

	ck_assert_uint_eq(machine->n_opaque, 0);
	ck_assert_uint_eq(machine->ram, 4ULL << 30);
	machine_free(machine);
}
END_TEST

START_TEST(decode__more_unknown_things_than_are_kept__says_that_there_are_more)
{
	char devices[8192] = "";
	struct machine *machine;

	for (size_t i = 0, n = 0; i < 100; i++)
		n += (size_t)snprintf(devices + n, sizeof(devices) - n, "<thing%zu/>\n", i);
	machine = test_domain_xml_take_devices(devices);
	ck_assert_uint_eq(machine->n_opaque, LIMIT_WORDS);
	ck_assert_str_eq(machine->opaque[0], "<thing0> (line 7)");
	ck_assert_str_eq(machine->opaque[LIMIT_WORDS - 2], "<thing62> (line 69)");
	ck_assert_str_eq(machine->opaque[LIMIT_WORDS - 1], "more than 63 things");
	machine_free(machine);
}
END_TEST

/* Where the texts of the last policy are: they are used until the next, or the test's end. */
static struct arena *test_domain_xml_arena;

static void test_domain_xml_teardown(void)
{
	test_domain_xml_arena = arena_free(test_domain_xml_arena);
}

static int test_domain_xml_policy(
	const char *rest, struct domain_xml_policy *ret, struct refusal *refusal)
{
	const char *text = test_domain_xml_text(&(struct test_domain_xml){
		.attributes = "type='kvm' xmlns:p='https://iommufleet.org/xmlns/libvirt/domain/1'",
		.rest = rest });

	test_domain_xml_teardown();
	ck_assert_int_eq(arena_new(1 << 20, &test_domain_xml_arena), 0);
	return domain_xml_policy(text, strlen(text), test_domain_xml_arena, ret, refusal);
}

START_TEST(policy__anywhere_in_the_metadata__its_words)
{
	struct domain_xml_policy policy;
	struct refusal refusal;

	ck_assert_int_eq(
		test_domain_xml_policy(
			"<metadata><o:x xmlns:o='urn:o'><p:policy require='migrate hotplug' "
			"refuse='prepare'/></o:x></metadata>",
			&policy, &refusal),
		DOMAIN_XML_DONE);
	ck_assert_str_eq(policy.require, "migrate hotplug");
	ck_assert_str_eq(policy.refuse, "prepare");
	ck_assert_ptr_null(policy.cannot_tell);
	ck_assert_int_eq(test_domain_xml_policy(
				 "<metadata><p:policy cannot_tell='deny' daemon_missing='allow'/>"
				 "</metadata>",
				 &policy, &refusal),
		DOMAIN_XML_DONE);
	ck_assert_ptr_null(policy.require);
	ck_assert_str_eq(policy.cannot_tell, "deny");
	ck_assert_str_eq(policy.daemon_missing, "allow");
}
END_TEST

START_TEST(policy__none_of_ours__no_words)
{
	static const char *const cases[] = { "", "<metadata/>",
		"<metadata><o:policy xmlns:o='urn:o' require='x'/><policy require='x'/></metadata>",
		"<p:policy require='x'/>" };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct domain_xml_policy policy = { .require = "left" };
		struct refusal refusal;

		ck_assert_int_eq(
			test_domain_xml_policy(cases[i], &policy, &refusal), DOMAIN_XML_DONE);
		ck_assert_ptr_null(policy.require);
	}
}
END_TEST

START_TEST(policy__word_misspelt_or_twice__refused)
{
	struct domain_xml_policy policy;
	struct refusal refusal;

	ck_assert_int_eq(test_domain_xml_policy("<metadata>\n<p:policy requires='migrate'/>"
						"</metadata>",
				 &policy, &refusal),
		DOMAIN_XML_E_POLICY);
	ck_assert_str_eq(refusal.where, "line 10: <policy>");
	ck_assert_ptr_nonnull(strstr(refusal.text, "requires"));
	ck_assert_int_eq(test_domain_xml_policy("<metadata><p:policy/>\n<p:policy/></metadata>",
				 &policy, &refusal),
		DOMAIN_XML_E_POLICY);
	ck_assert_str_eq(refusal.where, "line 10: <policy>");
	ck_assert_int_eq(
		test_domain_xml_policy("<metadata>", &policy, &refusal), DOMAIN_XML_E_REFUSED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domain_xml");
	TCase *cases = tcase_create("domain_xml");

	tcase_add_checked_fixture(cases, NULL, test_domain_xml_teardown);

	tcase_add_test(cases, decode__definition_of_libvirt__machine);
	tcase_add_test(cases, decode__running_guest__said_so);
	tcase_add_test(cases, decode__accelerator__kvm_emulation_or_opaque);
	tcase_add_test(cases, decode__firmware__by_loader_or_not_known);
	tcase_add_test(cases, decode__board_that_nobody_names__refused_or_left_open);
	tcase_add_test(cases, decode__cpu__as_libvirt_would_name_it);
	tcase_add_test(cases, decode__cpu_of_arm__board_or_host);
	tcase_add_test(cases, decode__pages_of_1_gib_by_hand__named_when_taken_away);
	tcase_add_test(cases, decode__maxphysaddr__as_qemu_is_told);
	tcase_add_test(cases, decode__vendor__only_where_qemu_is_given_it);
	tcase_add_test(cases, decode__long_mode_by_hand__kept);
	tcase_add_test(cases, decode__features__read_harmless_or_named);
	tcase_add_test(cases, decode__what_goes_around_libvirt__named);
	tcase_add_test(cases, decode__nothing_given_to_qemu__nothing_named);
	tcase_add_test(cases, decode__more_unknown_things_than_are_kept__says_that_there_are_more);
	tcase_add_test(cases, policy__anywhere_in_the_metadata__its_words);
	tcase_add_test(cases, policy__none_of_ours__no_words);
	tcase_add_test(cases, policy__word_misspelt_or_twice__refused);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
