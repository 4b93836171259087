/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/pci_config.h"

#include <string.h>

#define PCI_HEADER_BYTES       64U  /* what anybody may read */
#define PCI_CARDBUS_BYTES      128U /* the same for CardBus bridges (pci_read_config() in Linux) */
#define PCI_CONVENTIONAL_BYTES 256U

enum { /* offsets in the header */
	PCI_STATUS = 0x06,
	PCI_HEADER_TYPE = 0x0e,
	PCI_CAPABILITY_LIST = 0x34,
	PCI_CARDBUS_CAPABILITY_LIST = 0x14,
};
#define PCI_STATUS_CAPABILITIES	 0x10U
#define PCI_HEADER_CARDBUS	 2U
#define PCI_HEADER_MULTIFUNCTION 0x80U

/* The capabilities that are decoded, in the order of pci_config_ids. */
enum pci_config_capability {
	CAPABILITY_EXPRESS,
	CAPABILITY_MSIX,
	CAPABILITY_AF,
	_CAPABILITY_STANDARD_MAX,
	CAPABILITY_ACS = _CAPABILITY_STANDARD_MAX,
	CAPABILITY_ATS,
	CAPABILITY_SRIOV,
	CAPABILITY_PRI,
	CAPABILITY_PASID,
	_CAPABILITY_MAX,
};

static const uint16_t pci_config_ids[_CAPABILITY_MAX] = {
	[CAPABILITY_EXPRESS] = 0x10,
	[CAPABILITY_MSIX] = 0x11,
	[CAPABILITY_AF] = 0x13,
	[CAPABILITY_ACS] = 0x0d,
	[CAPABILITY_ATS] = 0x0f,
	[CAPABILITY_SRIOV] = 0x10,
	[CAPABILITY_PRI] = 0x13,
	[CAPABILITY_PASID] = 0x1b,
};

struct pci_config_reader {
	const uint8_t *bytes;
	size_t n;
	enum fact_why beyond;	      /* why what lies past n is unknown */
	uint16_t at[_CAPABILITY_MAX]; /* offset of each capability, 0: not found */
	struct fact standard;	      /* what a standard capability that was not found is */
	struct fact extended;	      /* the same for an extended one */
};

static bool pci_config_has(const struct pci_config_reader *reader, size_t offset, size_t n)
{
	return offset + n <= reader->n;
}

static uint16_t pci_config_u16(const struct pci_config_reader *reader, size_t offset)
{
	return (uint16_t)(reader->bytes[offset] | reader->bytes[offset + 1] << 8);
}

static uint32_t pci_config_u32(const struct pci_config_reader *reader, size_t offset)
{
	return (uint32_t)pci_config_u16(reader, offset) |
	       (uint32_t)pci_config_u16(reader, offset + 2) << 16;
}

void pci_config_unknown(enum fact_why why, struct pci_config *ret)
{
	struct fact fact = FACT_IGNORANT(why);

	*ret = (struct pci_config){
		.header_type.fact = fact,
		.multifunction.fact = fact,
		.port_type.fact = fact,
		.acs.fact = fact,
		.ats.fact = fact,
		.pri.fact = fact,
		.pasid.fact = fact,
		.sriov.fact = fact,
		.flr.fact = fact,
		.msix.fact = fact,
	};
}

static void pci_config_note(
	struct pci_config_reader *reader, unsigned id, size_t offset, bool extended)
{
	size_t i = extended ? _CAPABILITY_STANDARD_MAX : 0;
	size_t end = extended ? _CAPABILITY_MAX : _CAPABILITY_STANDARD_MAX;

	for (; i < end; i++)
		if (pci_config_ids[i] == id && !reader->at[i])
			reader->at[i] = (uint16_t)offset;
}

/* Walks the list that begins at byte 34h; gives what a capability that is not in it is. */
static struct fact pci_config_walk_standard(struct pci_config_reader *reader, unsigned header)
{
	uint64_t seen = 0; /* one bit for each of the 64 dwords */
	size_t start =
		header == PCI_HEADER_CARDBUS ? PCI_CARDBUS_CAPABILITY_LIST : PCI_CAPABILITY_LIST;

	if (!(pci_config_u16(reader, PCI_STATUS) & PCI_STATUS_CAPABILITIES))
		return FACT_ABSENT;
	for (size_t offset = reader->bytes[start] & 0xfcU; offset;
		offset = reader->bytes[offset + 1] & 0xfcU) {
		if (offset < PCI_HEADER_BYTES)
			return FACT_IGNORANT(FACT_MALFORMED);
		if (!pci_config_has(reader, offset, 2))
			return FACT_IGNORANT(reader->beyond);
		if (seen & 1ULL << (offset / 4) || reader->bytes[offset] == 0xff)
			return FACT_IGNORANT(FACT_MALFORMED);
		seen |= 1ULL << (offset / 4);
		pci_config_note(reader, reader->bytes[offset], offset, false);
	}
	return FACT_ABSENT;
}

/* The same for the list of extended capabilities, PCI Express 6.0 section 7.6.3. */
static struct fact pci_config_walk_extended(struct pci_config_reader *reader, uint64_t file_size)
{
	uint8_t seen[PCI_CONFIG_BYTES / 4] = { 0 };
	size_t offset = PCI_CONVENTIONAL_BYTES;

	/* Without MMCONFIG the kernel reaches 256 bytes only. */
	if (reader->n == PCI_CONVENTIONAL_BYTES && file_size <= PCI_CONVENTIONAL_BYTES)
		return FACT_IGNORANT(FACT_NOT_EXPOSED);
	if (!pci_config_has(reader, offset, 4))
		return FACT_IGNORANT(reader->beyond);
	if (pci_config_u32(reader, offset) == UINT32_MAX)
		return FACT_IGNORANT(FACT_NOT_EXPOSED);
	while (offset) {
		if (offset < PCI_CONVENTIONAL_BYTES)
			return FACT_IGNORANT(FACT_MALFORMED);
		if (!pci_config_has(reader, offset, 4))
			return FACT_IGNORANT(reader->beyond);
		uint32_t header = pci_config_u32(reader, offset);
		if (seen[offset / 4] || header == UINT32_MAX)
			return FACT_IGNORANT(FACT_MALFORMED);
		seen[offset / 4] = 1;
		pci_config_note(reader, header & 0xffff, offset, true);
		offset = header >> 20 & 0xffcU;
	}
	return FACT_ABSENT;
}

/*
 * True when all @n bytes of @capability can be read. Else @ret says what the fact is: not found,
 * or found and cut short.
 */
static bool pci_config_find(const struct pci_config_reader *reader,
	enum pci_config_capability capability, size_t n, struct fact *ret)
{
	if (!reader->at[capability])
		*ret = capability < _CAPABILITY_STANDARD_MAX ? reader->standard : reader->extended;
	else if (!pci_config_has(reader, reader->at[capability], n))
		*ret = FACT_IGNORANT(reader->beyond);
	else
		*ret = FACT_KNOWN;
	return fact_is_value(*ret);
}

/* PCI Express 6.0 table 7-19, Device/Port Type. */
static struct fact_text pci_config_port_type(const struct pci_config_reader *reader)
{
	static const char *const names[16] = {
		[0x0] = "endpoint",
		[0x1] = "legacy-endpoint",
		[0x4] = "root-port",
		[0x5] = "upstream-port",
		[0x6] = "downstream-port",
		[0x7] = "pcie-to-pci-bridge",
		[0x8] = "pci-to-pcie-bridge",
		[0x9] = "integrated-endpoint",
		[0xa] = "event-collector",
	};
	struct fact fact;

	if (!pci_config_find(reader, CAPABILITY_EXPRESS, 4, &fact))
		return (struct fact_text){ .fact = fact };
	const char *name =
		names[pci_config_u16(reader, reader->at[CAPABILITY_EXPRESS] + 2U) >> 4 & 0xf];
	return name ? fact_text(name) : fact_text_unknown(FACT_MALFORMED);
}

/* Device Capabilities bit 28, or both bits of Advanced Features as the kernel asks for. */
static struct fact_number pci_config_flr(const struct pci_config_reader *reader)
{
	struct fact express;
	struct fact af;

	if (pci_config_find(reader, CAPABILITY_EXPRESS, 8, &express) &&
		pci_config_u32(reader, reader->at[CAPABILITY_EXPRESS] + 4U) & 1U << 28)
		return fact_number(1);
	if (pci_config_find(reader, CAPABILITY_AF, 4, &af) &&
		(reader->bytes[reader->at[CAPABILITY_AF] + 3] & 3) == 3)
		return fact_number(1);
	if (fact_is_ignorance(express))
		return (struct fact_number){ .fact = express };
	if (fact_is_ignorance(af))
		return (struct fact_number){ .fact = af };
	return fact_number(0);
}

static struct facts_msix pci_config_msix(const struct pci_config_reader *reader)
{
	struct facts_msix msix = { 0 };

	if (!pci_config_find(reader, CAPABILITY_MSIX, 12, &msix.fact))
		return msix;
	size_t at = reader->at[CAPABILITY_MSIX];
	uint32_t table = pci_config_u32(reader, at + 4);
	uint32_t pba = pci_config_u32(reader, at + 8);
	msix.vectors = fact_number((pci_config_u16(reader, at + 2) & 0x7ffU) + 1U);
	msix.table_bar = fact_number(table & 7U);
	msix.table_offset = fact_number(table & ~7U);
	msix.pba_bar = fact_number(pba & 7U);
	msix.pba_offset = fact_number(pba & ~7U);
	return msix;
}

/*
 * Root ports of Intel's 100 and 200 series chipsets have both ACS registers as dwords, the control
 * at +8 (pci_quirk_intel_spt_pch_acs_match() in Linux drivers/pci/quirks.c).
 */
static bool pci_config_has_wide_acs(
	const struct pci_config_source *source, const struct pci_config *config)
{
	static const struct {
		uint16_t first;
		uint16_t last;
	} devices[] = {
		{ 0x9d10, 0x9d1b },
		{ 0xa110, 0xa11f },
		{ 0xa167, 0xa16a },
		{ 0xa290, 0xa29f },
		{ 0xa2e7, 0xa2ee },
	};

	if (source->vendor != 0x8086 || !fact_text_is(config->port_type, "root-port"))
		return false;
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		if (source->device >= devices[i].first && source->device <= devices[i].last)
			return true;
	return false;
}

static struct facts_acs pci_config_acs(const struct pci_config_reader *reader, bool wide)
{
	struct facts_acs acs = { 0 };

	if (!pci_config_find(reader, CAPABILITY_ACS, wide ? 12 : 8, &acs.fact))
		return acs;
	size_t at = reader->at[CAPABILITY_ACS];
	acs.capability = fact_number(pci_config_u16(reader, at + 4));
	acs.control = fact_number(pci_config_u16(reader, at + (wide ? 8 : 6)));
	return acs;
}

static struct facts_ats pci_config_ats(const struct pci_config_reader *reader)
{
	struct facts_ats ats = { 0 };

	if (pci_config_find(reader, CAPABILITY_ATS, 8, &ats.fact))
		ats.enabled =
			fact_number(pci_config_u16(reader, reader->at[CAPABILITY_ATS] + 6U) >> 15);
	return ats;
}

static struct facts_pri pci_config_pri(const struct pci_config_reader *reader)
{
	struct facts_pri pri = { 0 };

	if (pci_config_find(reader, CAPABILITY_PRI, 6, &pri.fact))
		pri.enabled =
			fact_number(pci_config_u16(reader, reader->at[CAPABILITY_PRI] + 4U) & 1U);
	return pri;
}

static struct facts_pasid pci_config_pasid(const struct pci_config_reader *reader)
{
	struct facts_pasid pasid = { 0 };

	if (!pci_config_find(reader, CAPABILITY_PASID, 8, &pasid.fact))
		return pasid;
	size_t at = reader->at[CAPABILITY_PASID];
	pasid.bits = fact_number(pci_config_u16(reader, at + 4) >> 8 & 0x1fU);
	pasid.enabled = fact_number(pci_config_u16(reader, at + 6) & 1U);
	return pasid;
}

static struct facts_sriov pci_config_sriov(const struct pci_config_reader *reader)
{
	struct facts_sriov sriov = { 0 };

	if (!pci_config_find(reader, CAPABILITY_SRIOV, 0x1c, &sriov.fact))
		return sriov;
	size_t at = reader->at[CAPABILITY_SRIOV];
	sriov.total_vfs = fact_number(pci_config_u16(reader, at + 0x0e));
	sriov.num_vfs = fact_number(pci_config_u16(reader, at + 0x10));
	sriov.vf_device = fact_number(pci_config_u16(reader, at + 0x1a));
	return sriov;
}

/* True when the function answers nothing: off, in D3cold, or pulled out. */
static bool pci_config_is_silent(const struct pci_config_source *source)
{
	size_t n = source->is_vf ? PCI_HEADER_BYTES : 4;

	for (size_t i = 0; i < n; i++)
		if (source->bytes[i] != 0xff)
			return false;
	return true;
}

static enum fact_why pci_config_beyond(size_t n, unsigned header)
{
	if (n == PCI_HEADER_BYTES || (n == PCI_CARDBUS_BYTES && header == PCI_HEADER_CARDBUS))
		return FACT_NOT_READABLE;
	return FACT_MALFORMED;
}

static struct fact pci_config_extended(struct pci_config_reader *reader, uint64_t file_size)
{
	if (!reader->at[CAPABILITY_EXPRESS]) /* absent with it, unknown with it */
		return reader->standard;
	return pci_config_walk_extended(reader, file_size);
}

void pci_config_decode(const struct pci_config_source *source, struct pci_config *ret)
{
	struct pci_config_reader reader = { .bytes = source->bytes, .n = source->n };

	if (reader.n > PCI_CONFIG_BYTES)
		reader.n = PCI_CONFIG_BYTES;
	if (reader.n < PCI_HEADER_BYTES) {
		pci_config_unknown(FACT_MALFORMED, ret);
		return;
	}
	unsigned header = reader.bytes[PCI_HEADER_TYPE] & ~PCI_HEADER_MULTIFUNCTION;
	if (pci_config_is_silent(source) || header > PCI_HEADER_CARDBUS) {
		pci_config_unknown(
			pci_config_is_silent(source) ? FACT_VANISHED : FACT_MALFORMED, ret);
		return;
	}
	reader.beyond = pci_config_beyond(reader.n, header);
	reader.standard = pci_config_walk_standard(&reader, header);
	reader.extended = pci_config_extended(&reader, source->file_size);

	ret->header_type = fact_number(header);
	ret->multifunction =
		fact_number(!!(reader.bytes[PCI_HEADER_TYPE] & PCI_HEADER_MULTIFUNCTION));
	ret->port_type = pci_config_port_type(&reader);
	ret->flr = pci_config_flr(&reader);
	ret->msix = pci_config_msix(&reader);
	ret->acs = pci_config_acs(&reader, pci_config_has_wide_acs(source, ret));
	ret->ats = pci_config_ats(&reader);
	ret->pri = pci_config_pri(&reader);
	ret->pasid = pci_config_pasid(&reader);
	ret->sriov = pci_config_sriov(&reader);
}
