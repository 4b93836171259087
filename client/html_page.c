/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page around its parts: what a browser is told, the way through it, and its parts in order. */
#include "client/field.h"
#include "client/html.h"
#include "client/html_draw.h"
#include "client/html_style.h"
#include "core/codec/base64.h"
#include "core/codec/digest.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HTML_PAGE_HASH_BYTES (DIGEST_LENGTH / 2)

static unsigned char html_page_nibble(char digit)
{
	return (unsigned char)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/*
 * What the browser may do: nothing but show the one style that this page was written with. It
 * fetches nothing and runs nothing, whatever a name on the page holds (CSP level 3, section 2.3.1).
 */
static void html_page_policy(struct html_out *out)
{
	char digits[DIGEST_LENGTH + 1], letters[BASE64_LETTERS(HTML_PAGE_HASH_BYTES) + 1];
	unsigned char bytes[HTML_PAGE_HASH_BYTES];

	if (digest_compute(html_style_text, strlen(html_style_text), digits) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(html_page_nibble(digits[2 * i]) << 4 |
					   html_page_nibble(digits[2 * i + 1]));
	base64_encode(bytes, sizeof(bytes), letters);
	html_out_print(out,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\" />\n",
		letters);
}

static void html_page_head(struct html_out *out, const struct html_page *page)
{
	html_out_print(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
			    "<meta charset=\"utf-8\" />\n");
	html_page_policy(out);
	html_out_print(out,
		"<meta name=\"referrer\" content=\"no-referrer\" />\n"
		"<meta name=\"color-scheme\" content=\"light dark\" />\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
		"<title>");
	if (page->n_hosts == 1 && page->n_hosts_left_out == 0)
		html_out_print(out, "%s", page->hosts[0].name);
	else
		html_out_print(out, "%zu hosts", page->n_hosts + page->n_hosts_left_out);
	html_out_print(out, " \xe2\x80\x93 iommufleet</title>\n<style>");
	html_out_markup(out, html_style_text);
	html_out_print(out, "</style>\n</head>\n<body>\n"
			    "<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
	html_draw_patterns(out);
}

static void html_page_made(struct html_out *out, const struct html_page *page)
{
	time_t now = time(NULL);
	struct tm broken;
	char text[64] = "";

	if (gmtime_r(&now, &broken))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &broken);
	html_out_print(out, "<p class=\"note\">Made %s by iommufleetctl %s.</p>\n", text,
		IOMMUFLEET_VERSION);
	if (page->n_assume == 0)
		return;
	html_out_print(out, "<p class=\"cut\">What if:");
	for (size_t i = 0; i < page->n_assume; i++)
		html_out_print(out, " <code>%s</code>", page->assume[i]);
	html_out_print(out, ". This is what would be so, not what is.</p>\n");
}

static void html_page_way_host(struct html_out *out, const struct html_host *host)
{
	static const char *const parts[][2] = {
		{ "wrong", "What is wrong" },
		{ "space", "Where guest RAM may lie" },
		{ "groups", "What can be given away" },
		{ "tree", "Where the devices are" },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		html_out_print(out, "<li><a href=\"#h%zu-%s\">%s</a></li>\n", host->index,
			parts[i][0], parts[i][1]);
	if (host->n_guests > 0)
		html_out_print(out, "<li><a href=\"#h%zu-guests\">Guests</a></li>\n", host->index);
}

/* The links to what is on the page: of one host to its parts, of several to the hosts. */
static void html_page_way(struct html_out *out, const struct html_page *page)
{
	html_out_print(out, "<nav aria-label=\"On this page\"><ul>\n");
	if (page->n_hosts == 1)
		html_page_way_host(out, &page->hosts[0]);
	for (size_t i = 0; page->n_hosts > 1 && i < page->n_hosts; i++) {
		html_out_print(out, "<li><a href=\"#h%zu\">", i);
		html_out_name(out, page->hosts[i].name);
		html_out_print(out, "</a></li>\n");
	}
	html_out_print(out, "<li><a href=\"#fleet\">Which hosts can take which guest</a></li>\n"
			    "</ul></nav>\n");
}

static void html_page_host(
	struct html_out *out, const struct html_host *host, const struct html_page *page)
{
	html_out_print(out,
		"<article id=\"h%zu\" aria-labelledby=\"h%zu-name\">\n<h2 id=\"h%zu-name\">",
		host->index, host->index, host->index);
	html_out_name(out, host->name);
	html_out_print(out, "</h2>\n");
	html_problems_write(out, host);
	html_space_write(out, host);
	html_groups_write(out, host, page);
	html_tree_write(out, host, page);
	html_guests_write(out, host);
	html_out_print(out, "</article>\n");
}

void html_page_write(struct html_out *out, const struct html_page *page)
{
	html_page_head(out, page);
	html_out_print(out, "<header><h1>iommufleet report</h1>\n");
	html_page_made(out, page);
	html_out_print(out, "</header>\n");
	html_page_way(out, page);
	html_out_print(out, "<main id=\"main\" tabindex=\"-1\">\n");
	for (size_t i = 0; i < page->n_hosts; i++)
		html_page_host(out, &page->hosts[i], page);
	if (page->n_hosts_left_out > 0)
		html_out_print(out,
			"<p class=\"cut\">%zu more hosts are not shown one by one: a page of all "
			"would "
			"not open. The table below counts them.</p>\n",
			page->n_hosts_left_out);
	html_fleet_write(out, page);
	html_out_print(out,
		"</main>\n<footer><p class=\"note\">Safe: proven by facts. Cannot tell: "
		"a fact that decides is not known, which never counts as safe. Each "
		"code is explained in iommufleet-findings(7).</p></footer>\n"
		"</body>\n</html>\n");
}
