-- One row per table or view, and one per column of it: what it means. Read by whoever writes reports, and by programs
-- that show what a column means. Tables that only the program reads are there, too.
CREATE VIEW rpt_dictionary AS
SELECT
    entry.relation,
    entry.kind,
    entry.column_name,
    entry.position,
    entry.type,
    entry.description
FROM dictionary_entry AS entry
ORDER BY entry.relation, entry.position;
