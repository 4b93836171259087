-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Guests that run on this host. What is of another boot is of no guest that still runs.

CREATE TABLE guests (
	name TEXT PRIMARY KEY NOT NULL,
	uuid TEXT NOT NULL, -- empty: it has none
	boot_id TEXT NOT NULL,
	format TEXT NOT NULL,
	text BLOB NOT NULL, -- what described it, as it was given
	devices TEXT NOT NULL, -- addresses on this host, with a space between two
	since_us INTEGER NOT NULL
);
CREATE UNIQUE INDEX guests_by_uuid ON guests (uuid) WHERE uuid != '';
