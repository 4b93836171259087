/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/interrupts.h"

#include "daemon/collect/scan.h"

#include <string.h>

/* The columns of the header line "CPU0 CPU1 …"; 0 when it is none. */
static size_t interrupts_columns(struct scan header)
{
	struct scan word;
	size_t n = 0;

	while (scan_word(&header, &word)) {
		if (!scan_literal(&word, "CPU"))
			return 0;
		n++;
	}
	return n;
}

/* The chip and what follows it of a line "25: 0 0 IR-PCI-MSI 49152-edge name"; false for others. */
static bool interrupts_chip(struct scan line, size_t columns, struct scan *ret)
{
	uint64_t number;

	scan_blanks(&line);
	if (!scan_decimal(&line, &number) || !scan_literal(&line, ":"))
		return false;
	for (size_t i = 0; i < columns; i++) {
		scan_blanks(&line);
		if (!scan_decimal(&line, &number))
			return false;
	}
	*ret = scan_trim(line);
	return true;
}

static bool interrupts_begins(struct scan text, const char *prefix)
{
	return scan_literal(&text, prefix);
}

static void interrupts_note(struct scan chip, struct interrupts_seen *seen)
{
	struct scan action = chip;

	if (interrupts_begins(chip, "IR-") || interrupts_begins(chip, "ITS-")) {
		seen->isolating = true;
	} else if (interrupts_begins(chip, "IO-APIC")) {
		seen->plain_io_apic = true;
	} else if (interrupts_begins(chip, "PCI-MSI") || interrupts_begins(chip, "MSI") ||
		   interrupts_begins(chip, "GICv2m-") || interrupts_begins(chip, "MBI-")) {
		/* AMD's IOMMU is a PCI function whose own interrupts are not remapped. */
		if (!scan_past(&action, " AMD-Vi"))
			seen->plain_msi = true;
	}
}

struct interrupts_seen interrupts_parse(const char *text, size_t n)
{
	struct interrupts_seen seen = { .fact = FACT_KNOWN };
	struct scan scan = scan_of(text, n);
	struct scan line;
	struct scan chip;

	size_t columns = scan_line(&scan, &line) ? interrupts_columns(line) : 0;
	if (!columns) {
		seen.fact = FACT_IGNORANT(FACT_MALFORMED);
		return seen;
	}
	while (scan_line(&scan, &line))
		if (interrupts_chip(line, columns, &chip))
			interrupts_note(chip, &seen);
	return seen;
}

static struct facts_interrupts interrupts_known(bool isolated, const char *by)
{
	return (struct facts_interrupts){
		.fact = FACT_KNOWN,
		.isolated = fact_number(isolated),
		.known_by = fact_text(by),
	};
}

static struct facts_interrupts interrupts_unknown(struct fact fact)
{
	struct fact why = fact_is_ignorance(fact) ? fact : FACT_IGNORANT(FACT_NOT_EXPOSED);

	return (struct facts_interrupts){
		.fact = FACT_KNOWN,
		.isolated.fact = why,
		.known_by.fact = why,
	};
}

static struct facts_interrupts interrupts_judge_x86(
	const struct interrupts_seen *seen, const struct interrupts_evidence *evidence)
{
	if (fact_is_value(seen->fact)) {
		if (seen->isolating && !seen->plain_msi)
			return interrupts_known(true, "proc-interrupts");
		if (seen->isolating)
			return interrupts_unknown(seen->fact);
		if (seen->plain_msi || seen->plain_io_apic)
			return interrupts_known(false, "proc-interrupts");
	}
	if (fact_is_yes(evidence->remapping_in_log))
		return interrupts_known(true, "kernel-log");
	return interrupts_unknown(seen->fact);
}

static struct facts_interrupts interrupts_judge_arm(
	const struct interrupts_seen *seen, const struct interrupts_evidence *evidence)
{
	bool its = fact_is_yes(evidence->its_in_tree) || fact_is_yes(evidence->its_in_log);

	if (fact_is_value(seen->fact)) {
		if (seen->isolating && !seen->plain_msi)
			return interrupts_known(true, "proc-interrupts");
		/* Two kinds of controller: which of them serves a device is not shown. */
		if (seen->isolating || (seen->plain_msi && its))
			return interrupts_unknown(seen->fact);
		if (seen->plain_msi)
			return interrupts_known(false, "proc-interrupts");
	}
	if (fact_is_yes(evidence->its_in_tree))
		return interrupts_known(true, "device-tree");
	if (fact_is_yes(evidence->its_in_log))
		return interrupts_known(true, "kernel-log");
	if (fact_is_value(evidence->its_in_tree.fact))
		return interrupts_known(false, "device-tree");
	if (fact_is_value(evidence->its_in_log.fact))
		return interrupts_known(false, "kernel-log");
	return interrupts_unknown(seen->fact);
}

struct facts_interrupts interrupts_judge(
	const struct interrupts_seen *seen, const struct interrupts_evidence *evidence)
{
	if (!evidence->arch)
		return interrupts_unknown(seen->fact);
	if (strcmp(evidence->arch, "x86_64") == 0 || strcmp(evidence->arch, "i686") == 0)
		return interrupts_judge_x86(seen, evidence);
	if (strcmp(evidence->arch, "aarch64") == 0)
		return interrupts_judge_arm(seen, evidence);
	return interrupts_unknown(FACT_IGNORANT(FACT_NOT_EXPOSED));
}
