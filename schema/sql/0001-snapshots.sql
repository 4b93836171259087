-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Facts and class documents are kept as their canonical bytes under their digest, so that the store
-- cannot disagree with it; hosts and history point at them. Times are microseconds of real time.

CREATE TABLE facts (
	digest TEXT PRIMARY KEY NOT NULL,
	bytes BLOB NOT NULL,
	stored_us INTEGER NOT NULL
);

CREATE TABLE classes (
	digest TEXT PRIMARY KEY NOT NULL,
	bytes BLOB NOT NULL,
	stored_us INTEGER NOT NULL -- last time that a host had it
);

CREATE TABLE hosts (
	name TEXT PRIMARY KEY NOT NULL,
	boot_id TEXT NOT NULL, -- empty: not known
	woken INTEGER NOT NULL, -- in this boot, sleeping devices have been read once
	facts TEXT NOT NULL REFERENCES facts (digest),
	class TEXT NOT NULL REFERENCES classes (digest),
	collected_us INTEGER NOT NULL
);

-- Which host had which facts and class, from when to when; to_us is null while it lasts. What a row
-- points at may have been dropped since.
CREATE TABLE history (
	id INTEGER PRIMARY KEY,
	host TEXT NOT NULL,
	facts TEXT NOT NULL,
	class TEXT NOT NULL,
	from_us INTEGER NOT NULL,
	to_us INTEGER
);
CREATE INDEX history_by_host ON history (host, id);
CREATE INDEX history_by_class ON history (class);
