-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The other hosts of the fleet. The summary is all that a start reads, so that many hosts are there at
-- once; the signed bytes, as they were received, stand apart from it.

CREATE TABLE records (
	host TEXT PRIMARY KEY NOT NULL,
	verified_under TEXT, -- digest of CAs and lists; empty: not proven; null: forgotten
	valid_until_us INTEGER NOT NULL,
	summary BLOB NOT NULL
);

CREATE TABLE record_bytes (
	host TEXT PRIMARY KEY NOT NULL,
	bytes BLOB NOT NULL
);
