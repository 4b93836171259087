/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The style of a page. It holds no character that HTML escapes, so that the page is XML too, and
 * only names colours in :root, for light, for dark and for paper, where each colour of text
 * has a contrast of at least 4.5 to what is behind it (WCAG 2.1, 1.4.3).
 */
#pragma once

extern const char html_style_text[];
