/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is called safe VFIO takes: on hosts where VFIO itself was asked for its usable ranges
 * (vfio.expected), RAM of a guest that is called safe lies wholly inside one of them; and what does
 * not lie so is not called safe. The model here is those lines and one comparison.
 */
#include "tests/support/ask.h"
#include "tests/support/prop.h"
#include "tests/support/unit.h"

#include <string.h>

static const char *const test_hosts[] = {
	"arm64-vfio",
	"arm64-vfio-16k",
	"arm64-vfio-7.2",
	"arm64-vfio-virtio-iommu",
	"x86-vfio",
	"x86-vfio-7.2",
	"x86-vfio-amdvi",
	"x86-vfio-amdvi-7.2",
	"x86-vfio-ivmd",
	"x86-vfio-noir",
	"x86-vfio-rmrr",
	"x86-vfio-sm",
	"x86-vfio-sm-7.2",
	"x86-vfio-sm-second-stage",
	"x86-vfio-sriov-igb",
	"x86-vfio-unsafe",
	"x86-vfio-virtio-iommu",
};
#define TEST_N_HOSTS (sizeof(test_hosts) / sizeof(test_hosts[0]))

struct test_device {
	char address[32];
	uint64_t page;
	size_t n; /* 0: VFIO refused the device */
	struct region usable[16];
	unsigned n_safe; /* how often it was called safe */
};

/* "0000:01:00.0 9 vfio-pci viable OK OK 0x40201000 0x0-0xfedfffff ...": a device that was asked. */
static bool test_read_line(char *line, struct test_device *ret)
{
	char *rest = NULL, *word = strtok_r(line, " \n", &rest);

	*ret = (struct test_device){ .page = 1 };
	if (!word || word[0] == '#')
		return false;
	(void)snprintf(ret->address, sizeof(ret->address), "%s", word);
	for (unsigned i = 0; i < 5; i++) {
		word = strtok_r(NULL, " \n", &rest);
		ck_assert(word != NULL);
		if (i == 1 && strcmp(word, "none") == 0)
			return false;
	}
	if (strcmp(word, "OK") != 0)
		return true;
	ret->page = strtoull(strtok_r(NULL, " \n", &rest), NULL, 16);
	ret->page &= -ret->page;
	while ((word = strtok_r(NULL, " \n", &rest)) && ret->n < 16) {
		char *end;

		ret->usable[ret->n].first = strtoull(word, &end, 16);
		ret->usable[ret->n++].last = strtoull(end + 1, NULL, 16);
	}
	return true;
}

static size_t test_read(const char *name, struct test_device *ret, size_t n_max)
{
	const char *top = getenv("top_srcdir");
	char path[512], *line = NULL;
	size_t n = 0, size = 0;
	FILE *file;

	(void)snprintf(
		path, sizeof(path), "%s/tests/golden/%s/vfio.expected", top ? top : ".", name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s", path);
	while (n < n_max && getline(&line, &size, file) > 0)
		n += test_read_line(line, &ret[n]);
	free(line);
	(void)fclose(file);
	ck_assert_uint_gt(n, 0);
	return n;
}

static bool test_vfio_takes(const struct test_device *device, struct region region)
{
	if (region.first % device->page || (region.last + 1) % device->page)
		return false;
	for (size_t i = 0; i < device->n; i++)
		if (region_covers(device->usable[i], region))
			return true;
	return false;
}

/* A random range of pages, mostly at an edge of what the device can be given. */
static struct region test_range(const struct test_device *device, uint64_t *state)
{
	static const uint64_t units[] = { 4096, 4096, 65536, 2 << 20, 1 << 30, 2048 };
	uint64_t random = unit_random(state), unit = units[random % 6];
	const struct region all = { 0, 0xffffffff };
	const struct region *near = device->n ? &device->usable[(random >> 8) % device->n] : &all;
	uint64_t first = (random >> 16) % 2 ? near->first : near->last + 1;
	uint64_t bytes = ((random >> 24) % 32 + 1) * unit;

	first += ((random >> 32) % 33 - 16) * unit;
	if ((random >> 40) % 4 == 0)
		first = unit_random(state) >> (random >> 48) % 40;
	first -= first % unit;
	if (first > UINT64_MAX - bytes)
		first = UINT64_MAX - bytes + 1;
	return (struct region){ first, first + (bytes - 1) };
}

START_TEST(hotplug__random_range__safe_only_where_vfio_takes_it)
{
	struct test_device devices[16];
	size_t n = test_read(test_hosts[_i], devices, 16);
	json_t *facts = prop_load(test_hosts[_i]);
	struct host *host = prop_host(facts, NULL);

	for (unsigned i = 0; i < prop_run.iterations * 20; i++) {
		uint64_t state = prop_state((size_t)_i, i);
		struct test_device *device = &devices[unit_random(&state) % n];
		struct guest_range range = { .kind = GUEST_RAM, .placed = true };
		struct guest guest = { .arch = "x86_64",
			.vfio = GUEST_VFIO_TYPE1,
			.n_ranges = 1,
			.ranges = &range,
			.hotplug_none = true };
		struct verdict_question question = {
			.guest = &guest,
			.questions = FINDING_HOTPLUG,
			.n_attach = 1,
			.attach = (const char *[]){ device->address },
		};
		struct refusal refusal;
		struct verdict *verdict;
		bool safe;

		range.region = test_range(device, &state);
		ck_assert_int_eq(
			verdict_compute(host, &question, &verdict, &refusal), VERDICT_DONE);
		safe = verdict->hotplug == VERDICT_SAFE;
		device->n_safe += safe;
		ck_assert_msg(!safe || test_vfio_takes(device, range.region),
			"%s %s, seed %llu, try %u: 0x%llx-0x%llx is called safe", test_hosts[_i],
			device->address, (unsigned long long)prop_run.seed, i,
			(unsigned long long)range.region.first,
			(unsigned long long)range.region.last);
		/* What VFIO takes is called unsafe for one reason only: peers are there. */
		ck_assert_msg(verdict->hotplug != VERDICT_UNSAFE ||
				      !test_vfio_takes(device, range.region) ||
				      verdict->findings[0].code == FINDING_PEER_WINDOW_OVERLAP,
			"%s %s, seed %llu, try %u: 0x%llx-0x%llx: %s", test_hosts[_i],
			device->address, (unsigned long long)prop_run.seed, i,
			(unsigned long long)range.region.first,
			(unsigned long long)range.region.last, verdict->findings[0].text);
		verdict_free(verdict);
	}
	for (size_t i = 0; i < n; i++)
		ck_assert_msg((devices[i].n_safe > 0) == (devices[i].n > 0), "%s %s",
			test_hosts[_i], devices[i].address);
	host_unref(host);
	json_decref(facts);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("prop_usable");
	TCase *cases = tcase_create("prop_usable");

	prop_begin(argc, argv, 200);
	tcase_set_timeout(cases, 600);
	tcase_add_loop_test(
		cases, hotplug__random_range__safe_only_where_vfio_takes_it, 0, (int)TEST_N_HOSTS);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
