/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All SQL that the running daemon uses; parameters are bound, never printed into it. */
#include "daemon/store/internal.h"

const char *const store_sql[_STORE_STATEMENT_MAX] = {
	[STORE_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_COMMIT] = "COMMIT",
	[STORE_ROLLBACK] = "ROLLBACK",
	[STORE_PUT_FACTS] = "INSERT INTO facts (digest, bytes, stored_us) VALUES (?1, ?2, ?3)"
			    " ON CONFLICT (digest) DO UPDATE SET stored_us = ?3",
	[STORE_PUT_CLASS] = "INSERT INTO classes (digest, bytes, stored_us) VALUES (?1, ?2, ?3)"
			    " ON CONFLICT (digest) DO UPDATE SET stored_us = ?3",
	[STORE_PUT_HOST] = "INSERT INTO hosts (name, boot_id, woken, facts, class, collected_us)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO UPDATE SET"
			   " boot_id = ?2, woken = ?3, facts = ?4, class = ?5, collected_us = ?6",
	[STORE_GET_HOST] = "SELECT h.boot_id, h.woken, h.facts, h.class, h.collected_us, f.bytes"
			   " FROM hosts h JOIN facts f ON f.digest = h.facts WHERE h.name = ?1",
	[STORE_GET_PERIOD] = "SELECT id, facts, class, from_us FROM history"
			     " WHERE host = ?1 AND to_us IS NULL ORDER BY id DESC LIMIT 1",
	[STORE_END_PERIOD] = "UPDATE history SET to_us = max(from_us, ?2)"
			     " WHERE host = ?1 AND to_us IS NULL",
	[STORE_PUT_PERIOD] = "INSERT INTO history (host, facts, class, from_us)"
			     " VALUES (?1, ?2, ?3, ?4)",
	[STORE_LIST_PERIODS] = "SELECT id, facts, class, from_us, to_us FROM history"
			       " WHERE host = ?1 ORDER BY id DESC LIMIT ?2",
	[STORE_DROP_OLD_PERIODS] = "DELETE FROM history WHERE to_us < ?1",
	[STORE_DROP_MANY_PERIODS] = "DELETE FROM history WHERE host = ?1 AND id <= (SELECT id FROM"
				    " history WHERE host = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
	[STORE_DROP_FACTS] =
		"DELETE FROM facts WHERE digest NOT IN (SELECT facts FROM hosts) AND digest NOT IN"
		" (SELECT facts FROM (SELECT facts, row_number() OVER"
		" (PARTITION BY host ORDER BY max(id) DESC) AS nth FROM history"
		" WHERE facts != '' GROUP BY host, facts) WHERE nth <= ?1)",
	[STORE_DROP_CLASSES] = "DELETE FROM classes WHERE stored_us < ?1"
			       " AND digest NOT IN (SELECT class FROM hosts)"
			       " AND digest NOT IN (SELECT class FROM history)",
	[STORE_EVICT_CLASS] = "DELETE FROM classes WHERE digest = (SELECT digest FROM classes"
			      " WHERE digest NOT IN (SELECT class FROM hosts)"
			      " AND digest NOT IN (SELECT class FROM history)"
			      " ORDER BY stored_us LIMIT 1)",
	[STORE_EVICT_FACTS] = "DELETE FROM facts WHERE digest = (SELECT digest FROM facts"
			      " WHERE digest NOT IN (SELECT facts FROM hosts)"
			      " ORDER BY stored_us LIMIT 1)",
	[STORE_EVICT_PERIOD] = "DELETE FROM history WHERE id = (SELECT id FROM history"
			       " WHERE to_us IS NOT NULL ORDER BY id LIMIT 1)",
	[STORE_PAGE_COUNT] = "PRAGMA page_count",
	[STORE_FREE_COUNT] = "PRAGMA freelist_count",
	/* What has the name or the UUID already goes. */
	[STORE_PUT_GUEST] = "INSERT OR REPLACE INTO guests"
			    " (name, uuid, boot_id, format, text, devices, since_us)"
			    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STORE_DROP_GUEST] = "DELETE FROM guests WHERE name = ?1 OR uuid = ?1",
	[STORE_DROP_OLD_GUESTS] = "DELETE FROM guests WHERE boot_id != ?1 OR boot_id = ''",
	[STORE_LIST_GUESTS] = "SELECT name, uuid, format, devices, since_us FROM guests"
			      " ORDER BY name",
	[STORE_GET_GUEST] = "SELECT text FROM guests WHERE name = ?1",
	[STORE_PUT_RECORD] = "INSERT INTO records (host, verified_under, valid_until_us, summary)"
			     " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (host) DO UPDATE SET"
			     " verified_under = ?2, valid_until_us = ?3, summary = ?4",
	[STORE_PUT_RECORD_BYTES] = "INSERT INTO record_bytes (host, bytes) VALUES (?1, ?2)"
				   " ON CONFLICT (host) DO UPDATE SET bytes = ?2",
	[STORE_GET_RECORD] = "SELECT bytes FROM record_bytes WHERE host = ?1",
	[STORE_DROP_RECORD] = "DELETE FROM records WHERE host = ?1",
	[STORE_DROP_RECORD_BYTES] = "DELETE FROM record_bytes WHERE host = ?1",
	[STORE_LIST_RECORDS] = "SELECT host, verified_under, valid_until_us, summary FROM records"
			       " ORDER BY host",
	[STORE_GET_CLASS] = "SELECT bytes FROM classes WHERE digest = ?1",
	[STORE_LIST_CLASSES] = "SELECT digest FROM classes",
};
